"""The template is the one list of functions: what packages, image and tests take is what it names. Needs no build."""

import re
import shutil
import subprocess
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from harness.installation import PROJECT, TEMPLATE, executables

MANIFEST = PROJECT / "Package.swift"
DOCKERFILE = PROJECT / "deploy" / "Dockerfile"


def named() -> set[str]:
    resources = yaml_parse(TEMPLATE.read_text())["Resources"].values()
    return {
        Path(one["Properties"]["CodeUri"]).name for one in resources if one["Type"] == "AWS::Serverless::Function"
    }


def test_the_list_is_the_templates():
    assert sorted(executables()) == sorted(named())


def test_every_executable_is_packaged_in_one_way():
    static, shared = executables("static"), executables("shared")
    assert sorted(static + shared) == sorted(executables())
    assert static and shared


def test_a_function_that_is_added_to_the_template_is_on_the_list(tmp_path: Path):
    (tmp_path / "local").mkdir()
    shutil.copy2(PROJECT / "local" / "functions", tmp_path / "local")
    for name in ("One", "Two", "One"):
        with (tmp_path / "template.yaml").open("a") as template:
            template.write(f"      CodeUri: .build/lambda/{name}/\n")
    ended = subprocess.run([tmp_path / "local" / "functions"], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "One\nTwo\n")
    assert subprocess.run([tmp_path / "local" / "functions", "other"], capture_output=True, timeout=60).returncode == 2


def test_the_manifests_products_are_the_command_line_and_the_functions():
    products = re.findall(r'\.executable\(name: "(\w+)", targets: \["(\w+)"\]\)', MANIFEST.read_text())
    assert sorted(name for name, _ in products) == sorted(["zoetrope", *named()])
    assert all(name == target for name, target in products)


def test_the_image_copies_the_command_line_and_the_functions():
    copied = re.findall(r"/source/\.build/release/(\w+)", DOCKERFILE.read_text())
    assert sorted(copied) == sorted(["zoetrope", *named()])


def test_no_script_and_no_test_has_a_list_of_its_own():
    """Five of the names beside each other, outside of the places that are compared above, are a list that grows old."""
    names = "|".join(sorted(named()))
    several = re.compile(rf'(?:["\s(\[](?:{names})["\s,)\]]+){{5}}')
    files = [
        path for folder in ("local", "packaging", "Tests/EndToEnd") for path in (PROJECT / folder).rglob("*")
        if path.is_file() and path.suffix in (".py", ".sh", "") and "__pycache__" not in path.parts
        # Which functions may link a library is a decision, not a list of all.
        and path != PROJECT / "local" / "structure"
    ]
    found = [str(path.relative_to(PROJECT)) for path in files if several.search(path.read_text(errors="ignore"))]
    assert found == []
