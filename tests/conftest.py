"""What several tests share: the real encoder, loaded once; a fake one; a small taxonomy; a way to damage files,
a certificate of a server's own."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import demo
import pytest
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, settings

from monitor.encoder import Encoder

# How long an example takes says how busy the machine is, and nothing about the code; timings live in benchmarks/.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real encoder: some seconds for whoever asks first."""
    return Encoder.open()


@pytest.fixture(scope="session")
def arxiv_folder() -> Path:
    """Real arXiv records, which are beside the project and not in it."""
    if not (DATA / "arxiv").is_dir():
        pytest.skip("the arXiv records are not beside this checkout")
    return DATA / "arxiv"


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a whole scan of the demo pages, with the real encoder: half a minute for whoever asks first."""
    home = tmp_path_factory.mktemp("demo")
    assert demo.main(home) == 0
    return home


@pytest.fixture
def muon_home(tmp_path: Path) -> Path:
    """A home whose one feed is a file of one record."""
    record = {"id": "9912.00001", "title": "Muon tomography of cargo", "abstract": "Finding shielded nuclear material."}
    (tmp_path / "papers.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    (tmp_path / "feeds.yaml").write_text("feeds:\n  papers:\n    kind: jsonl\n    url: papers.jsonl\n", "utf-8")
    return tmp_path


@pytest.fixture
def fake_encoder() -> FakeEncoder:
    """An encoder that costs nothing and remembers what it was asked."""
    return FakeEncoder()


TAXONOMY = """\
name: tiny
goals:
  - slug: bread
    name: Better Bread
    meaning: Loaves.
    topics: [sourdough]
    borders: [Cake is none.]
    queries: [Sourdough and its starter]
  - slug: tea
    name: Calm Tea
    meaning: Leaves.
    topics: [oolong]
    borders: []
    queries: [Steeping oolong]
"""


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """A folder with a taxonomy of the two goals `bread` and `tea`, and no head yet."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    return folder


@pytest.fixture
def flip() -> Callable[[Path, int], None]:
    """Flips the lowest bit of one byte of a file."""

    def flip_bit(path: Path, place: int) -> None:
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)

    return flip_bit


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS with a certificate that it signed itself, and that certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate, and is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run(["openssl", "req", "-x509", "-days", "2", *subject, *made], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
