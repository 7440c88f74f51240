"""Small YAML files that a teacher writes: values with their lines, so that an error says where it is."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from unrolled.course import CourseError

_TIME_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


def read(path: Path, allowed: tuple[str, ...]) -> "Block":
    """Read a file.

    Args:
        path: the file.
        allowed: the keys it may have.

    Raises:
        CourseError: unreadable, no YAML, or a key that is not allowed or stands twice.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise CourseError(f"{path} is not YAML: {error}") from None
    return Block(path, node, allowed)


class Block:
    """The keys and values of one block. Values are read as text, so that 2026-03-02 and 02 stay what was written.

    Every method raises CourseError, with the line and what is allowed.
    """

    def __init__(self, path: Path, node: yaml.Node | None, allowed: tuple[str, ...] | None = None) -> None:
        """Take a block apart; any key may stand in it if `allowed` is None."""
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1 if node else 1
            wanted = ", ".join(allowed) if allowed else "names"
            raise CourseError(f"{path}, line {line}: expected lines `key: value` here, with {wanted}.")
        self.path, self.line, self.values = path, node.start_mark.line + 1, {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if allowed and name not in allowed:
                raise CourseError(f"{path}, line {line}: there is no `{name}` here. Allowed: {', '.join(allowed)}.")
            if name in self.values:
                raise CourseError(f"{path}, line {line}: `{name}` stands here twice.")
            self.values[name] = value

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, allowed: str) -> CourseError:
        """Return the error that says what a key's value may be."""
        node = self.values[key]
        said = f" {node.value}" if isinstance(node, yaml.ScalarNode) else " ..."
        return CourseError(f"{self.path}, line {node.start_mark.line + 1}: `{key}:{said}`; allowed: {allowed}.")

    def text(self, key: str) -> str:
        """Return a value as it was written, which must be there and not empty."""
        if key not in self.values:
            raise CourseError(f"{self.path}, line {self.line}: `{key}` is missing.")
        node = self.values[key]
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.wrong(key, "one value on the line")
        return node.value.strip()

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """Return a number between two bounds, or the default if the key is not there."""
        if default is not None and key not in self.values:
            return default
        try:
            value = float(self.text(key))
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise self.wrong(key, f"a number from {least:g} to {most:g}")
        return value

    def zone(self, key: str) -> ZoneInfo:
        """Return a time zone."""
        try:
            return ZoneInfo(self.text(key))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.wrong(key, "a name such as Europe/Lisbon, America/New_York or UTC") from None

    def time(self, key: str, zone: ZoneInfo) -> datetime:
        """Return a time written without a zone, in UTC."""
        text = self.text(key).replace("T", " ")
        for form in _TIME_FORMATS:
            try:
                local = datetime.strptime(text, form)
            except ValueError:
                continue
            # An hour that comes twice in autumn is taken as the later one, in the learner's favour.
            moment = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
            if moment.astimezone(zone).replace(tzinfo=None) != local:
                raise self.wrong(key, f"a time that exists in {zone.key}; the clocks go forward over this one")
            return moment
        raise self.wrong(key, f"a time as 2026-03-02 23:59, in {zone.key}")

    def block(self, key: str, allowed: tuple[str, ...] | None = None) -> "Block":
        """Return the block under a key."""
        return Block(self.path, self.values[key], allowed)

    def blocks(self, key: str, allowed: tuple[str, ...]) -> list["Block"]:
        """Return the blocks of a list, which must be there and not empty."""
        node = self.values.get(key)
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            line = node.start_mark.line + 1 if node else self.line
            raise CourseError(
                f"{self.path}, line {line}: `{key}` must be a list; each part begins with `- {allowed[0]}: ...`."
            )
        return [Block(self.path, part, allowed) for part in node.value]
