"""Invented people: names by language, short ones and ones that no layout expects."""

from random import Random

# fmt: off
FIRST = {
    "hu": ("Anna", "Bence", "Csilla", "Dániel", "Eszter", "Ferenc", "Gyöngyi", "Hunor", "Ilona", "Jácint", "Kinga",
           "Lőrinc", "Márton", "Nóra", "Örs", "Piroska", "Réka", "Szilárd", "Tünde", "Zsigmond"),
    "de": ("Anneliese", "Benedikt", "Christa", "Dominik", "Elfriede", "Florian", "Gisela", "Hubert", "Ingrid", "Jonas",
           "Katharina", "Lukas", "Manuela", "Norbert", "Ottilie", "Ramona", "Silvan", "Theres", "Urs", "Wendelin"),
    "ru": ("Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Инна", "Кирилл", "Лидия", "Матвей",
           "Нина", "Олег", "Полина", "Роман", "Софья", "Тимур", "Ульяна", "Яков"),
    "en": ("Alice", "Bernard", "Clara", "Desmond", "Edith", "Frank", "Grace", "Harold", "Iris", "Jack", "Kate", "Leo",
           "Maud", "Neil", "Olive", "Paul", "Rose", "Sam", "Tess", "Walter"),
}
FAMILY = {
    "hu": ("Ács", "Bodnár", "Cseke", "Deák", "Erdős", "Füzesi", "Gulyás", "Hajdú", "Illés", "Juhász", "Kelemen",
           "Lakatos", "Mészáros", "Nyári", "Orosz", "Pásztor", "Rácz", "Sipos", "Takács", "Zsoldos"),
    "de": ("Amann", "Beck", "Büchel", "Caduff", "Dürst", "Eberle", "Frick", "Gassner", "Hasler", "Jehle", "Kaufmann",
           "Lampert", "Marxer", "Nigg", "Ospelt", "Quaderer", "Ritter", "Schädler", "Vogt", "Wohlwend"),
    "ru": ("Белых", "Крутых", "Гончаренко", "Дорожных", "Бондаренко", "Шевчук", "Коваль", "Ильиных", "Кравец", "Долгих",
           "Мороз", "Нестеренко", "Гайдай", "Палий", "Романенко", "Седых", "Ткач", "Тарасенко", "Черных", "Щука"),
    "en": ("Ash", "Barlow", "Croft", "Dale", "Ellis", "Fenn", "Grove", "Hart", "Ives", "Judd", "Kerr", "Lowe", "Marsh",
           "Nash", "Orr", "Pike", "Reed", "Shaw", "Thorne", "Wood"),
}
LONG = {
    "hu": ("özv. Nagyszentmiklósi-Vörösmarty Bálintné Szépvölgyi Magdolna Krisztina",
           "Dr. Kisfaludy-Hosszúmezei Boldizsár Szilveszter"),
    "de": ("Freifrau Anna-Elisabeth von und zu Hohenschwangau-Werdenberg-Sargans",
           "Erbengemeinschaft Johann-Baptist Schädler-Wohlwend und Geschwister"),
    "ru": ("Константинопольская-Преображенская Александра Вячеславовна",
           "Товарищество собственников недвижимости «Останкинские вечера на Хованской»"),
    "en": ("Bartholomew Featherstonehaugh-Cholmondeley-Marjoribanks the Younger",
           "The Residents' Association of Upper and Lower Windmill Court (1987) Ltd"),
}
# fmt: on
FAMILY_FIRST = {"hu", "ru"}


def name_of(random: Random, language: str) -> str:
    """A plausible name; one in forty is very long."""
    if random.random() < 1 / 40:
        return random.choice(LONG[language])
    first, family = random.choice(FIRST[language]), random.choice(FAMILY[language])
    return f"{family} {first}" if language in FAMILY_FIRST else f"{first} {family}"


def staff_names(random: Random, language: str, count: int) -> list[str]:
    """All different: no first name twice in twenty, then numbered families."""
    firsts = random.sample(FIRST[language], len(FIRST[language]))
    families = random.sample(FAMILY[language], len(FAMILY[language]))
    names: list[str] = []
    for number in range(count):
        turn, place = divmod(number, len(firsts))
        first, family = firsts[place], families[(place + turn) % len(families)]
        names.append(f"{family} {first}" if language in FAMILY_FIRST else f"{first} {family}")
    return names
