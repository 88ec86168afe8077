"""The search engine: ruin and recreate over flat arrays, a pool of routes, several threads."""
