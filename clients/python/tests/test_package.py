"""What the package promises about itself."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any, Iterator, Tuple

import pytest
from conftest import StartSidecar, root
from google.protobuf import descriptor_pb2

import trackside

readme = Path(__file__).parent.parent / "README.md"


def public_things() -> Iterator[Tuple[str, Any]]:
    without = () if importlib.util.find_spec("rasa") else ("trackside.rasa",)
    for module in pkgutil.walk_packages(trackside.__path__, "trackside.", onerror=lambda _: None):
        if ".v1." not in module.name and "._" not in module.name and not module.name.startswith(without):
            yield module.name, importlib.import_module(module.name)
    for name in trackside.__all__:
        thing = getattr(trackside, name)
        yield name, thing
        for member, value in vars(thing).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                yield f"{name}.{member}", value


@pytest.mark.parametrize(("name", "thing"), list(public_things()))
def test_everything_public_has_a_docstring_of_its_own(name: str, thing: Any) -> None:
    doc = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert doc and not doc.startswith(f"{name}("), f"{name} has no docstring"


@pytest.mark.parametrize(
    "path", sorted((root / "proto/trackside/v1").glob("*.proto")), ids=lambda path: path.stem
)
def test_the_stubs_are_of_the_protos_as_they_are(path: Path, tmp_path: Path) -> None:
    buf = root / "node_modules/@bufbuild/buf/bin/buf"
    image = tmp_path / "image.binpb"
    command = [
        "node",
        str(buf),
        "build",
        "--exclude-source-info",
        "--as-file-descriptor-set",
        "-o",
        str(image),
    ]
    subprocess.run([*command, "--path", str(path)], cwd=root, check=True)
    files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file
    (proto,) = [file for file in files if file.name == f"trackside/v1/{path.name}"]
    without_json_names(proto)
    stub = importlib.import_module(f"trackside.v1.{path.stem}_pb2")
    mine = descriptor_pb2.FileDescriptorProto.FromString(stub.DESCRIPTOR.serialized_pb)
    assert mine == proto, "run scripts/generate.py and commit what it makes"


def without_json_names(message: Any) -> None:
    """Buf writes every field's name in JSON, protoc's stubs leave it out."""
    for field, value in message.ListFields():
        if field.name == "json_name":
            message.ClearField("json_name")
        elif field.message_type is not None and not isinstance(value, str):
            for part in [value] if hasattr(value, "ListFields") else value:
                without_json_names(part)


def examples() -> Iterator[Any]:
    for number, match in enumerate(re.finditer(r"```python\n(.*?)```", readme.read_text(), re.DOTALL), 1):
        yield pytest.param(match[1], id=str(number))


@pytest.mark.parametrize("example", list(examples()))
async def test_the_readmes_examples_run(example: str, start_sidecar: StartSidecar) -> None:
    code = example.replace("127.0.0.1:7420", start_sidecar("memory:").address)
    scope: Any = {}
    exec("async def example():\n" + textwrap.indent(code, "    "), scope)
    await scope["example"]()
