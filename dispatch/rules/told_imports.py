"""What is wrong with a line of a table, as a sentence in the reader's language."""

from collections.abc import Mapping

from dispatch.rules.imports import Fault, FaultCode
from dispatch.rules.plurals import language_of

SAID: Mapping[str, Mapping[FaultCode, str]] = {
    "en": {
        FaultCode.NO_COLUMN: "The column “{column}” is missing.",
        FaultCode.UNKNOWN_COLUMN: "The column “{column}” is not known here.",
        FaultCode.UNREADABLE: "This line cannot be read: a quotation mark is not closed or stands in the wrong place.",
        FaultCode.TOO_MANY_LINES: "A table may have 5,000 lines; from here on nothing was read.",
        FaultCode.TOO_MANY_CELLS: "The line has more cells than there are columns.",
        FaultCode.MISSING: "“{column}” is empty.",
        FaultCode.INVALID: "What stands in “{column}” is not of the form that is needed.",
        FaultCode.REPEATED: "“{column}”: the same stands in an earlier line already.",
        FaultCode.UNKNOWN: "What “{column}” speaks of does not exist in this area.",
        FaultCode.AMBIGUOUS: "“{column}” may mean several things of the same name.",
        FaultCode.TAKEN: "What stands in “{column}” belongs to somebody else already.",
        FaultCode.CIRCLE: "By “{column}” this would hang below itself.",
        FaultCode.NOT_FOUND: "“{column}” is found nowhere. Mend it, or say latitude and longitude.",
        FaultCode.NOT_LOOKED_UP: "“{column}” is not looked up yet.",
    },
    "ru": {
        FaultCode.NO_COLUMN: "Нет столбца «{column}».",
        FaultCode.UNKNOWN_COLUMN: "Столбец «{column}» здесь неизвестен.",
        FaultCode.UNREADABLE: "Строку не удаётся прочитать: кавычка не закрыта или стоит не на месте.",
        FaultCode.TOO_MANY_LINES: "В таблице может быть не больше 5 000 строк; дальше ничего не прочитано.",
        FaultCode.TOO_MANY_CELLS: "В строке больше ячеек, чем столбцов.",
        FaultCode.MISSING: "Поле «{column}» не заполнено.",
        FaultCode.INVALID: "Содержимое поля «{column}» не имеет нужного вида.",
        FaultCode.REPEATED: "«{column}»: то же самое уже есть в одной из строк выше.",
        FaultCode.UNKNOWN: "Того, на что указывает «{column}», в этом районе нет.",
        FaultCode.AMBIGUOUS: "«{column}» подходит к нескольким записям с одним и тем же названием.",
        FaultCode.TAKEN: "Содержимое поля «{column}» уже занято.",
        FaultCode.CIRCLE: "Из-за «{column}» элемент оказался бы ниже самого себя.",
        FaultCode.NOT_FOUND: "Адрес из поля «{column}» не найден. Исправьте его или укажите широту и долготу.",
        FaultCode.NOT_LOOKED_UP: "Адрес из поля «{column}» ещё не найден.",
    },
    "hu": {
        FaultCode.NO_COLUMN: "Hiányzik a(z) „{column}” oszlop.",
        FaultCode.UNKNOWN_COLUMN: "A(z) „{column}” oszlop itt ismeretlen.",
        FaultCode.UNREADABLE: "A sor nem olvasható: egy idézőjel nincs lezárva, vagy rossz helyen áll.",
        FaultCode.TOO_MANY_LINES: "Egy táblázatban legfeljebb 5 000 sor lehet; innentől semmi sem lett beolvasva.",
        FaultCode.TOO_MANY_CELLS: "A sorban több cella van, mint ahány oszlop.",
        FaultCode.MISSING: "A(z) „{column}” mező üres.",
        FaultCode.INVALID: "A(z) „{column}” mező tartalma nem a szükséges formájú.",
        FaultCode.REPEATED: "„{column}”: ugyanez már szerepel egy korábbi sorban.",
        FaultCode.UNKNOWN: "Amire a(z) „{column}” utal, az ebben a körzetben nem létezik.",
        FaultCode.AMBIGUOUS: "A(z) „{column}” több azonos nevű dolgot is jelenthet.",
        FaultCode.TAKEN: "A(z) „{column}” mező tartalma már másé.",
        FaultCode.CIRCLE: "A(z) „{column}” szerint ez önmaga alatt függne.",
        FaultCode.NOT_FOUND: "A(z) „{column}” mezőben álló cím nem található. Javítsa, vagy adja meg a szélességet és hosszúságot.",
        FaultCode.NOT_LOOKED_UP: "A(z) „{column}” mezőben álló címet még nem kerestük meg.",
    },
}


def fault_said(fault: Fault, language: str) -> str:
    return SAID[language_of(language)][fault.code].format(column=fault.column)
