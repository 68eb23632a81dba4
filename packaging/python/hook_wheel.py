"""The build backend of the folder (pyproject.toml; PEP 517): a wheel without files that depends on the wheel of the same version.
Standard library only."""

import pathlib

import build_wheel as wheels

NAME = "istio_mtls_ls_hook"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    info = f"{NAME}-{wheels.version()}.dist-info"
    path = pathlib.Path(folder, f"{NAME}-{wheels.version()}-py3-none-any.whl")
    wheels.write(path, [
        (f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {wheels.version()}\nRequires-Dist: istio-mtls-ls=={wheels.version()}\n".encode(), 0o644),
        (f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: istio-mtls-ls\nRoot-Is-Purelib: true\nTag: py3-none-any\n", 0o644)], info)
    return path.name


def build_sdist(folder, config_settings=None):
    raise NotImplementedError("there is no source package for Python: the wheels are made by packaging/python/build_wheel.py")
