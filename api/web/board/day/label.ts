// An address for a block that is a thumb wide: what people who know the town would say.

/** Written before the name, where it takes the room of the name; English and Hungarian write it behind. */
const BEFORE = /^(?:улица|ул\.?|проспект|просп\.?|пр-т|пр\.|переулок|пер\.|площадь|пл\.|бульвар|б-р|шоссе|ш\.|набережная|наб\.|проезд|пр-д)\s+/iu;

export function briefly(street: string): string {
  const brief = street.replace(BEFORE, "");
  return brief === "" ? street : brief;
}

/** Without the buildings and stairs behind it. */
export function numberOf(house: string): string {
  return house.split(",")[0] ?? house;
}
