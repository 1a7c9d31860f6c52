"""Headers that stand there more than once: “Qtr 1”, “Qtr 1 (2)”, “Qtr 1 (3)”, in the order of the sheet."""

from collections.abc import Collection, Sequence


def numbered(names: Sequence[str], unnumbered: Collection[str] = ()) -> list[str]:
    """Headers as they are compared, each repeated one with its number, so that no two are the same.

    A number that is a header's own is left out: beside “q (2)”, the second “q” is “q (3)”. Blank ones stay,
    and those that are not to be numbered.
    """
    taken, last = set(names), dict[str, int]()
    result = []
    for name in names:
        if name and name not in unnumbered and name in last:
            number = last[name] + 1
            while with_number(name, number) in taken:
                number += 1
            last[name] = number
            result.append(with_number(name, number))
            taken.add(result[-1])
        else:
            last[name] = 1
            result.append(name)
    return result


def with_number(header: str, number: int) -> str:
    """What the column under a repeated header is called."""
    return f"{header} ({number})"
