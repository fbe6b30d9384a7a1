"""Where each key stands in a HOCON file, and the comment above it. The parser itself keeps neither.

It reads keys, braces, strings and comments, and never decides what a value is.
"""

from __future__ import annotations

from attrs import define, frozen

Path = tuple[str, ...]
_SPACE = " \t\r"


@frozen
class Place:
    """line: from 1. comment: the text of the comment lines right above, without their marks."""

    line: int
    comment: str


def outline(text: str) -> dict[Path, Place]:
    """Key path → its last place. Keys inside of lists are left out; a broken file gives what was understood."""
    return _Reader(text).read()


@define
class _Reader:
    text: str
    at: int = 0
    line: int = 1

    def read(self) -> dict[Path, Place]:
        found: dict[Path, Place] = {}
        above: list[tuple[Path, bool]] = []  # (path, whether a brace closes it)
        comment: list[str] = []
        prefix: Path = ()
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "\n":
                if self.text[self.at - 1 : self.at] in ("\n", ""):  # a blank line ends a comment
                    comment = []
                self._newline()
            elif character in _SPACE or character == ",":
                self.at += 1
            elif self._at_comment():
                comment.append(self._comment())
            elif character == "{":
                above.append((prefix, True))
                self.at += 1
            elif character == "}":
                self.at += 1
                if above:
                    prefix = above.pop()[0]
                comment = []
            else:
                line, keys = self.line, self._key()
                if not keys:
                    self.at += 1
                    continue
                path = (*prefix, *keys)
                found[path] = Place(line, "\n".join(comment).strip())
                comment = []
                if self._object_follows():
                    above.append((prefix, True))
                    prefix = path
                else:
                    self._skip_value()
        return found

    def _newline(self) -> None:
        self.at += 1
        self.line += 1

    def _at_comment(self) -> bool:
        return self.text[self.at] == "#" or self.text.startswith("//", self.at)

    def _comment(self) -> str:
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        words = self.text[self.at : end].lstrip("#/").strip()
        self.at = end
        if end < len(self.text):
            self._newline()
        return words

    def _key(self) -> Path:
        """The parts of the key here; stops before the separator."""
        parts: list[str] = []
        word = ""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                word += self._quoted()
            elif character in ":={\n}," or (character == "+" and self.text.startswith("+=", self.at)):
                break
            elif character == ".":
                parts.append(word.strip())
                word = ""
                self.at += 1
            else:
                word += character
                self.at += 1
        parts.append(word.strip())
        return tuple(part for part in parts if part)

    def _quoted(self) -> str:
        if self.text.startswith('"""', self.at):
            end = self.text.find('"""', self.at + 3)
            end = len(self.text) if end < 0 else end + 3
        else:
            end = self.at + 1
            while end < len(self.text) and self.text[end] not in '"\n':
                end += 2 if self.text[end] == "\\" else 1
            end += 1
        inside = self.text[self.at : end]
        self.line += inside.count("\n")
        self.at = min(end, len(self.text))
        return inside.strip('"')

    def _object_follows(self) -> bool:
        while self.at < len(self.text) and self.text[self.at] in " \t\r:=+":
            self.at += 1
        while self.text[self.at : self.at + 1] == "\n" and self.text[self.at : self.at + 200].lstrip().startswith("{"):
            self._newline()
            while self.text[self.at : self.at + 1] in (" ", "\t"):
                self.at += 1
        if self.text[self.at : self.at + 1] == "{":
            self.at += 1
            return True
        return False

    def _skip_value(self) -> None:
        """To the end of a value that is no object: its line, or the closing bracket of a list."""
        depth = 0
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                self._quoted()
            elif self._at_comment() and self.text[self.at - 1] in " \t\n":
                if depth == 0:
                    return
                self._comment()
            elif depth == 0 and character in "\n,}":
                return
            elif character == "\n":
                self._newline()
            else:
                depth += (character in "[{") - (character in "]}")
                self.at += 1
