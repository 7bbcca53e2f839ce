"""Makes src/trackside/v1 from proto/: `python scripts/generate.py`, with what constraints/generate.txt names.

The generator is the oldest whose stubs run on every grpcio and protobuf that pyproject.toml allows: stubs of
newer ones refuse to be imported beside an older protobuf.
"""

import sys
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

package = Path(__file__).resolve().parent.parent
proto = package.parent.parent / "proto"


def main(out: Path) -> int:
    """Writes messages and the services' stubs below a folder, as trackside/v1/*_pb2*.py*. Returns 0, or
    protoc's code."""
    files = sorted(str(path.relative_to(proto)) for path in proto.glob("trackside/v1/*.proto"))
    services = [file for file in files if file.endswith("_service.proto")]
    includes = [
        f"-I{folder}" for folder in (proto, proto / "vendor", Path(grpc_tools.__file__).parent / "_proto")
    ]
    messages: int = protoc.main(["protoc", *includes, f"--python_out={out}", f"--pyi_out={out}", *files])
    stubs: int = protoc.main(["protoc", *includes, f"--grpc_python_out={out}", *services])
    return messages or stubs


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else package / "src"))
