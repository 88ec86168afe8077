/** Asks again until the answer is there: soon at first, then less often. Rejects after `most` questions. */
export async function until<T>(ask: () => Promise<T>, isThere: (answer: T) => boolean, most = 60): Promise<T> {
  for (let turn = 0; ; turn++) {
    const answer = await ask();
    if (isThere(answer) || turn >= most) return answer;
    await new Promise((done) => setTimeout(done, Math.min(250 * 1.3 ** turn, 2_000)));
  }
}
