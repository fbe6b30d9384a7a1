"""Reading `schema/`: what becomes of a good one, and the one line that each wrong one gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiserver.codegen.check import check_handlers, wrong_handlers
from apiserver.codegen.keys import parts, scan
from apiserver.codegen.load import load
from apiserver.codegen.model import Contract, Handler, Schema, SchemaError

COMMON = """
common {
  named { type: object, properties { name { type: string, description: "What it is called." } } }
  colour { type: string, enum: [red, green], description: "How it looks." }
}
"""

LAMPS = """service: lamps
description: "Lamps that can be switched."
defaults { internal: true }

definitions {
  colour: ${common.colour}
  lamp {
    type: object
    properties {
      id { type: string, description: "Id of the lamp." }
      colour { "$ref": "#/definitions/colour", description: "Colour of the light." }
    }
  }
}

actions {
  get {
    description: "Find one lamp."
    internal: false
    versions {
      "2.9" {
        request: ${common.named} { required: [name] }
        response { type: object, properties { lamp { "$ref": "#/definitions/lamp", description: "The lamp." } } }
      }
      "2.10": ${actions.get.versions."2.9"} {
        request {
          required: null
          properties {
            name: null
            watts { type: integer, default: 5, description: "Power." }
            lamp { "$ref": "#/definitions/lamp", description: "What it shall be like." }
          }
        }
      }
    }
    handlers: [
      { min_version: "1.0", enforce { of: "2.9" } }
      {
        min_version: "2.10"
        enforce {
          required: [watts]
          properties {
            watts { default: null, maximum: 100 }
            lamp { properties { id: null } }
            bright { type: number, description: "From 0 to 1." }
          }
        }
      }
    ]
  }

  blink {
    description: "Blink without a typed request."
    authorize: optional
    allow_roles: [root]
    built: false
    versions { "2.1" { batch_request: ${actions.get.versions."2.9".request}, response { type: object } } }
    handlers: [{ min_version: "2.1", required_fields: [name] }]
  }
}
"""

ERRORS = """
errors {
  not_found { code: 400, subcode: 7, text: "No such lamp" }
  moved_not_supported { code: 301, subcode: 1, symbol: not_supported, text: "Moved" }
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small schema, right as it is."""
    folder = tmp_path / "schema"
    (folder / "services").mkdir(parents=True)
    (folder / "common.conf").write_text(COMMON)
    (folder / "errors.conf").write_text(ERRORS)
    (folder / "services" / "lamps.conf").write_text(LAMPS)
    return folder


@pytest.fixture
def contract(root: Path) -> Contract:
    return load(root)


def test_versions_inherit_and_null_takes_away(contract: Contract) -> None:
    """2.10 has what 2.9 has, with what it says itself laid over it; null removes a key."""
    versions = contract.services["lamps"].actions["get"].versions
    assert list(versions) == [(2, 9), (2, 10)]
    assert versions[2, 9].request == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "description": "What it is called."}},
    }
    assert set(request(contract, (2, 10))["properties"]) == {"watts", "lamp"}
    assert "required" not in request(contract, (2, 10))
    assert versions[2, 9].response == versions[2, 10].response


def request(contract: Contract, version: tuple[int, int]) -> Schema:
    found = contract.services["lamps"].actions["get"].versions[version].request
    assert found is not None
    return found


def test_model_is_the_documented_request_with_the_differences(contract: Contract) -> None:
    """References are written out, objects closed, numbers named as models name them, and the differences applied."""
    first, second = contract.services["lamps"].actions["get"].handlers
    assert first == Handler(
        (1, 0),
        "get",
        {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "description": "What it is called."}},
            "additionalProperties": False,
        },
    )
    assert (second.min_version, second.function) == ((2, 10), "get_v2_10")
    assert second.model == {
        "type": "object",
        "required": ["watts"],
        "additionalProperties": False,
        "properties": {
            "watts": {"type": "number", "maximum": 100, "description": "Power."},
            "bright": {"type": "float", "description": "From 0 to 1."},
            "lamp": {
                "type": "object",
                "description": "What it shall be like.",
                "additionalProperties": False,
                "properties": {"colour": {"type": "string", "enum": ["red", "green"], "description": "Colour of the light."}},
            },
        },
    }


def test_access_defaults_and_flags(contract: Contract) -> None:
    """An action's own attributes win over the service's defaults, those over the API's."""
    get, blink = (contract.services["lamps"].actions[name] for name in ("get", "blink"))
    assert (get.internal, get.authorize, get.allow_roles, get.built) == (False, True, ("*",), True)
    assert (blink.internal, blink.authorize, blink.allow_roles, blink.built) == (True, None, ("root",), False)
    assert blink.handlers == (Handler((2, 1), "blink", None, ("name",)),)
    assert blink.versions[2, 1].batch_request == request(contract, (2, 9))
    assert str(get.place) == "schema/services/lamps.conf:17"


def test_errors(contract: Contract) -> None:
    assert [(e.code, e.subcode, e.name, e.class_name, e.text) for e in contract.errors] == [
        (400, 7, "not_found", "NotFound", "No such lamp"),
        (301, 1, "not_supported", "MovedNotSupported", "Moved"),
    ]


ANYWHERE = "anywhere"
HERE = ""
WRONG = {
    "not closed": ("actions {", "actions [", ANYWHERE, "no HOCON"),
    "no value": ("internal: false", "internal", ANYWHERE, "no HOCON"),
    "unknown type": ("watts { type: integer", "watts { type: whole", HERE, "unknown type 'whole'"),
    "dangling reference": ('lamp { "$ref": "#/definitions/lamp"', 'lamp { "$ref": "#/definitions/lamb"', HERE, "lamb"),
    "dangling reference in a definition": ("#/definitions/colour", "#/definitions/color", HERE, "color"),
    "dangling substitution": ("${common.named}", "${common.nobody}", HERE, "${common.nobody} leads nowhere"),
    "versions out of order": ('"2.10": ${actions', '"2.8": ${actions', HERE, "version 2.8 stands after 2.9"),
    "a version that is none": ('"2.10": ${actions', '"2.x": ${actions', HERE, "is no version"),
    "handler versions out of order": ('min_version: "2.10"', 'min_version: "1.0"', HERE, "handler of 1.0 stands after 1.0"),
    "a handler version that is a number": ('min_version: "2.10"', "min_version: 2.10", HERE, "in quotes"),
    "a misspelt key": ('versions { "2.1" { batch', 'version { "2.1" { batch', HERE, "unknown attribute 'version'"),
    "empty versions": (
        'versions { "2.1" { batch_request: ${actions.get.versions."2.9".request}, response { type: object } } }',
        "versions {}",
        HERE,
        "action blink has no versions",
    ),
    "no handlers": ('handlers: [{ min_version: "2.1", required_fields: [name] }]', "", "blink {", "action blink has no handlers"),
    "no description of a service": ('description: "Lamps that can be switched."', "", "service:", "service has no description"),
    "no description of an action": ('description: "Find one lamp."', "", "get {", "action lamps.get has no description"),
    "no description of a field": (', description: "Power."', "", HERE, "field watts has no description"),
    "unknown attribute of a field": ("default: 5", "defualt: 5", HERE, "unknown attribute 'defualt'"),
    "unknown attribute of an action": ("authorize: optional", "authorise: optional", HERE, "unknown attribute 'authorise'"),
    "unknown attribute of a handler": ("required_fields", "required_field", HERE, "unknown attribute 'required_field'"),
    "unknown attribute of a difference": ('{ of: "2.9" }', '{ off: "2.9" }', HERE, "unknown attribute 'off'"),
    "difference to a version that is not there": ('{ of: "2.9" }', '{ of: "2.3" }', HERE, "there is no version 2.3"),
    "difference about a field that is not there": ('{ of: "2.9" }', '{ of: "2.9", without: [nam] }', HERE, "no field nam"),
    "required field that is none": ("required: [name]", "required: [nam]", HERE, "required field nam is no property"),
    "authorize that is none": ("authorize: optional", "authorize: maybe", HERE, "authorize is true, false or optional"),
    "service called otherwise": ("service: lamps", "service: lights", HERE, "service must be 'lamps'"),
    "a key given twice": ("internal: false", "internal: false, internal: true", HERE, "internal is given twice"),
    "a part that would be lost": (
        "request {\n          required: null",
        "request: ${common.named} {\n          required: null",
        HERE,
        "request is part of",
    ),
}
"""What is replaced by what, where the mistake is then to be found (a text that stands there first), and what is said about it."""


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_schema_gives_one_line_with_file_and_place(root: Path, kind: str) -> None:
    """The line names the file, the line of the mistake, and what is wrong."""
    old, new, where, problem = WRONG[kind]
    assert old in LAMPS, "the test has lost its place"
    text = LAMPS.replace(old, new, 1)
    (root / "services" / "lamps.conf").write_text(text)
    with pytest.raises(SchemaError) as caught:
        load(root)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith("schema/services/lamps.conf:"), said
    assert problem in said, said
    if where != ANYWHERE:
        line = text[: text.index(where) if where else LAMPS.index(old)].count("\n") + 1
        assert said.split(":")[1] == str(line), said


def test_a_wrong_error_table_gives_one_line(root: Path) -> None:
    (root / "errors.conf").write_text(ERRORS.replace("code: 301, subcode: 1", "code: 400, subcode: 7"))
    with pytest.raises(SchemaError, match=r"^schema/errors.conf:4: .* same codes as not_found$"):
        load(root)


CALL = "from apiserver.calls.call import Call\n\n\n"


def write(root: Path, path: str, text: str) -> Path:
    """A file below `apiserver/services/`; returns the folder that holds `apiserver/`."""
    file = root.parent / "apiserver" / "services" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return root.parent


def complaints(contract: Contract, folder: Path) -> list[str]:
    return [str(error) for error in wrong_handlers(contract, folder)]


GET = f"{CALL}def get(call: Call, request):\n    return {{}}\n\n\ndef get_v2_10(call: Call, request):\n    return {{}}\n"


def test_every_action_has_its_functions(root: Path, contract: Contract) -> None:
    """Defined in the module, or re-exported by the package from its own modules; helpers are nobody's business."""
    helpers = "\n\ndef helper(number: int) -> int:\n    return number\n\n\ndef _hidden(call: Call) -> None:\n    pass\n"
    assert complaints(contract, write(root, "lamps.py", GET + helpers)) == []
    (root.parent / "apiserver" / "services" / "lamps.py").unlink()
    write(root, "lamps/switching.py", GET + helpers)
    assert complaints(contract, write(root, "lamps/__init__.py", "from apiserver.services.lamps.switching import get, get_v2_10\n")) == []


def test_an_action_without_function(root: Path, contract: Contract) -> None:
    folder = write(root, "lamps.py", GET.replace("get_v2_10", "get_v2_1O"))
    with pytest.raises(
        SchemaError, match=r"^schema/services/lamps.conf:17: action lamps.get has no function get_v2_10 in apiserver/services/lamps"
    ):
        check_handlers(contract, folder)


def test_a_function_without_action(root: Path, contract: Contract) -> None:
    folder = write(root, "lamps.py", GET + "\n\ndef dim(call: Call, data):\n    return {}\n")
    said = complaints(contract, folder)
    assert said == [
        "schema/services/lamps.conf:1: apiserver/services/lamps.py:12 has a handler dim, and service lamps has no action for it"
    ]


def test_a_function_of_an_action_that_says_it_is_not_built(root: Path, contract: Contract) -> None:
    """Or it would answer 404 for ever."""
    folder = write(root, "lamps.py", GET + "\n\ndef blink(call: Call, items):\n    return {}\n")
    said = complaints(contract, folder)
    assert len(said) == 1
    assert said[0].endswith("action lamps.blink is built: false, and apiserver/services/lamps.py:12 is its function")


def test_lines_of_keys() -> None:
    """Quoted keys keep their dots, others are paths; brackets in text, comments and lists do not count."""
    text = 'a { b: "}" # {\n  "2.1": ${x."1.0"} { c: [\n    { d: 1 }\n    { d: [[1], [2]], e { f: 2 } }\n  ] }\n}\ng.h = """\n{"""\ni: 1\n'
    found = scan(text)
    assert found.lines == {
        ("a",): 1,
        ("a", "b"): 1,
        ("a", "2.1"): 2,
        ("a", "2.1", "c"): 2,
        ("a", "2.1", "c", 0): 3,
        ("a", "2.1", "c", 0, "d"): 3,
        ("a", "2.1", "c", 1): 4,
        ("a", "2.1", "c", 1, "d"): 4,
        ("a", "2.1", "c", 1, "d", 0): 4,
        ("a", "2.1", "c", 1, "d", 1): 4,
        ("a", "2.1", "c", 1, "e"): 4,
        ("a", "2.1", "c", 1, "e", "f"): 4,
        ("g", "h"): 7,
        ("i",): 9,
    }
    assert found.references == {("a", "2.1"): ("x", "1.0")}
    assert found.twice == []
    assert parts('actions.info."2.1"') == ("actions", "info", "2.1")
