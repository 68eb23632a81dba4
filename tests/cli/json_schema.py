"""Checks a JSON value against the few words of JSON Schema that docs/check-output.schema.json uses. An unknown word is an
error, so that nothing in the schema goes unchecked."""

import re

IGNORED = {"$schema", "$defs", "title", "description"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def problems(value, schema, root, path="$"):
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return problems(value, target, root, path)
    found = []
    for word, wanted in schema.items():
        if word in IGNORED:
            continue
        found += WORDS[word](value, wanted, schema, root, path)
    return found


def check_type(value, wanted, _schema, _root, path):
    right = isinstance(value, TYPES[wanted]) and not (wanted == "integer" and isinstance(value, bool))
    return [] if right else [f"{path}: {value!r} is no {wanted}"]


def check_properties(value, wanted, _schema, root, path):
    if not isinstance(value, dict):
        return []
    return [problem for key in wanted if key in value
            for problem in problems(value[key], wanted[key], root, f"{path}.{key}")]


def check_additional(value, wanted, schema, root, path):
    if not isinstance(value, dict):
        return []
    others = [key for key in value if key not in schema.get("properties", {})]
    if wanted is False:
        return [f"{path}: unexpected {key}" for key in others]
    return [problem for key in others for problem in problems(value[key], wanted, root, f"{path}.{key}")]


def check_items(value, wanted, _schema, root, path):
    if not isinstance(value, list):
        return []
    return [problem for i, item in enumerate(value) for problem in problems(item, wanted, root, f"{path}[{i}]")]


def check_any_of(value, wanted, _schema, root, path):
    fits = any(not problems(value, each, root, path) for each in wanted)
    return [] if fits else [f"{path}: fits none of {len(wanted)} alternatives"]


WORDS = {
    "type": check_type,
    "const": lambda value, wanted, _s, _r, path: [] if value == wanted else [f"{path}: is not {wanted!r}"],
    "enum": lambda value, wanted, _s, _r, path: [] if value in wanted else [f"{path}: {value!r} is none of {wanted}"],
    "minimum": lambda value, wanted, _s, _r, path: [] if value >= wanted else [f"{path}: {value} < {wanted}"],
    "pattern": lambda value, wanted, _s, _r, path: [] if re.search(wanted, value) else [f"{path}: {value!r}"],
    "required": lambda value, wanted, _s, _r, path: [f"{path}: no {key}" for key in wanted if key not in value],
    "anyOf": check_any_of,
    "properties": check_properties,
    "additionalProperties": check_additional,
    "items": check_items,
}
