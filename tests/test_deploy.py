"""The files in deploy/, checked by the schemas of the programs that read them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"


def documents() -> dict[str, dict[str, Any]]:
    """The Kubernetes objects by kind."""
    text = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
    return {found["kind"]: found for found in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def objects() -> dict[str, dict[str, Any]]:
    return documents()


@pytest.mark.parametrize("kind", documents())
def test_kubernetes_objects_keep_their_schema(objects: dict[str, dict[str, Any]], kind: str):
    version = kubernetes_validate.latest_version()
    kubernetes_validate.validate(objects[kind], version, strict=True)
    broken = json.loads(json.dumps(objects[kind]))
    broken["spec"]["no_such_field"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, version, strict=True)


def test_a_visitor_stays_and_only_a_ready_replica_is_asked(objects: dict[str, dict[str, Any]]):
    pod = objects["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert objects["Service"]["spec"]["sessionAffinity"] == "ClientIP"
    assert objects["Service"]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert (
        objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]
        == (objects["Deployment"]["metadata"]["name"])
    )
    user = re.search(r"useradd .*--uid (\d+)", (DEPLOY / "Dockerfile").read_text())
    assert user and pod["spec"]["securityContext"]["runAsUser"] == int(user[1])


def test_compose_keeps_its_schema(tmp_path):
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*check, DEPLOY / "compose.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "compose.yaml"
    broken.write_text((DEPLOY / "compose.yaml").read_text().replace("read_only", "reed_only"))
    assert subprocess.run([*check, broken], capture_output=True).returncode != 0


def test_compose_names_files_that_are_there():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    build = services["gallery"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    mounted = [v.split(":")[0] for v in services["proxy"]["volumes"]]
    assert mounted and all((DEPLOY / path).is_file() for path in mounted)
    assert f"server gallery:{services['gallery']['expose'][0]}" in (
        (DEPLOY / "nginx.conf").read_text()
    )


def test_the_image_has_what_serving_needs_and_no_root():
    text = (DEPLOY / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line and line[0] not in "# "]
    steps = [line.split(maxsplit=1) for line in lines]
    copied = [part.split()[0] for step, part in steps if step == "COPY"]
    assert {*copied} == {"requirements.txt", "app.py", "demos", "assets"}
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} <= {*kept} and kept[0] == "*"
    names = [step for step, _ in steps]
    assert names.index("USER") < names.index("CMD") and "HEALTHCHECK" in names
    torch = next(line for line in (ROOT / "requirements.txt").read_text().splitlines()
                 if line.startswith("torch>"))  # fmt: skip
    assert f'"{torch}"' in text  # the same range as everywhere
