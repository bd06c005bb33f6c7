"""Which operation of which official specification does a request belong to?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

APIS = (
    "TMF620", "TMF621", "TMF622", "TMF629", "TMF632", "TMF635", "TMF637", "TMF654", "TMF658", "TMF666", "TMF676",
    "TMF677", "TMF678", "TMF679",
)  # fmt: skip
COMMON_ROOT = "/tmf-api"


@dataclass(frozen=True)
class Operation:
    """One method on one path template of one API, e.g. GET /customerBill/{id} of TMF678."""

    api: str
    method: str
    template: str
    swagger: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """How the operation reads in a list of faults."""
        return f"{self.method} {self.template}"

    @property
    def query_parameters(self) -> frozenset[str]:
        """Names of the query parameters that the specification declares."""
        return frozenset(item["name"] for item in self.swagger.get("parameters", ()) if item["in"] == "query")

    @property
    def request_schema(self) -> Mapping[str, Any] | None:
        """Schema of the body to send, or None where none is sent."""
        return next((item["schema"] for item in self.swagger.get("parameters", ()) if item["in"] == "body"), None)

    @property
    def responses(self) -> Mapping[int, Mapping[str, Any]]:
        """Declared responses by status."""
        return {int(status): response for status, response in self.swagger["responses"].items()}

    @property
    def is_list(self) -> bool:
        """Whether a good answer is an array of resources."""
        schema: Mapping[str, Any] = self.responses.get(200, {}).get("schema", {})
        return schema.get("type") == "array"

    @property
    def resource(self) -> str | None:
        """Name of the definition of the resource that a GET answers, alone or in an array; None if there is none."""
        schema: Mapping[str, Any] = self.responses.get(200, {}).get("schema", {})
        reference = schema.get("items", schema).get("$ref", "")
        return reference.rpartition("/")[2] or None


@dataclass(frozen=True)
class Specification:
    """One official Swagger 2.0 file; ``base_path`` as on the wire below the common root, without a closing slash."""

    api: str
    base_path: str
    definitions: Mapping[str, Any] = field(repr=False)
    operations: tuple[Operation, ...] = field(repr=False)

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation at a path below the API's base path, e.g. ("GET", "/customerBill/7"), or None."""
        return next((o for o in self.operations if o.method == method and _matches(o.template, path)), None)


@dataclass(frozen=True)
class Specifications:
    """All APIs that the hall uses."""

    by_api: Mapping[str, Specification]

    def at(self, path: str) -> tuple[Specification, str] | None:
        """The API that a path belongs to, and what is left of the path below the API's base path."""
        for specification in self.by_api.values():
            if path.startswith(specification.base_path + "/"):
                return specification, path[len(specification.base_path) :]
        return None

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation at a path below the base address, or None."""
        found = self.at(path)
        return found[0].operation(method, found[1]) if found else None


def load_specifications(folder: Path) -> Specifications:
    """Reads the official files of APIS from ``folder``; raises FileNotFoundError if one is missing."""
    return Specifications({api: _load(api, folder) for api in APIS})


def _load(api: str, folder: Path) -> Specification:
    path = next(iter(sorted(folder.glob(f"{api}-*.swagger.json"))), None)
    if path is None:
        raise FileNotFoundError(f"{folder} holds no {api}-*.swagger.json")
    swagger = json.loads(path.read_text(encoding="utf-8"))
    operations = tuple(
        Operation(api, method.upper(), template, operation)
        for template, methods in swagger["paths"].items()
        for method, operation in methods.items()
    )
    base_path = swagger["basePath"].removeprefix(COMMON_ROOT).rstrip("/")
    return Specification(api, base_path, swagger["definitions"], operations)


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None
