"""Names of files: what an extension, or custom, makes one."""

from __future__ import annotations

import re


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


EXTENSIONS = _listed(
    """
    7z adoc asciidoc astro avif avro awk bash bat bib bicep bmp bz2 c cc cer cfg cjs class clj cmake
    conf cpp crt cs csproj css csv cts cxx dart db deb diff dmp doc docx dot drawio ejs eml env eot
    eps erb err evtx ex exs feather fish geojson gif go gpg gql gradle graphql gz h h5 har hbs hcl
    hdf5 heic hh hpp hprof hs htm html http ico ics inc ini ipynb jar java jinja jinja2 jpeg jpg js
    json json5 jsonc jsonl jsonnet jsx key kt kts less lhs libsonnet liquid lock log lua lz4 m4 map
    markdown mbox md mdx mjs mk ml mli mmd mov mp3 mp4 mts ndjson nix npy npz odt onnx orc out p12
    parquet patch pbix pcap pcapng pdf pem php pkl pl plist pm png po ppt pptx prisma proto ps1 psd
    psm1 puml py pyi pyx r rake rar rb rego rmd rpm rs rst rtf safetensors sarif sass sbt scala scm
    scss sh sha256 sha512 sig sln snap sql sqlite styl svelte svg swift tar tcl tex tf tfvars tgz
    tiff toml tpl ts tsv tsx ttf txt vb vcxproj vsdx vue wasm wav webm webp woff woff2 xls xlsb xlsm
    xlsx xml xsd xsl xslt xz yaml yml zig zip zsh zst
    """
)
"""What the last part of a file's name may be without the repository vouching for it."""

NAMES = _listed(
    """
    BUILD CHANGELOG CODEOWNERS CONTRIBUTING COPYING Cargo.lock Dockerfile Gemfile Jenkinsfile
    Justfile LICENSE MANIFEST.in Makefile NOTICE OWNERS Podfile Procfile README Rakefile Vagrantfile
    go.mod go.sum py.typed
    """
)
"""Files that have no extension, or one that means something else elsewhere."""

_MARK = re.compile(r"[()\[\]=,~%&']")
_MARKED = re.compile(r"[\w.@+#/()\[\]=,~%&'-]+")
_PRODUCT = re.compile(r"^[A-Z]\w*\.(?:js|ts|py|rs)$")


def known_file_name(path: str) -> bool:
    """Say whether the last part of a path is surely a file's name, by extension or by custom."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    if name in NAMES or (stem in NAMES and stem.endswith("file")):  # `Dockerfile.worker`
        return True
    # `Text.Json` is a namespace.
    written = extension.islower() or extension.isupper() or extension == "Rmd"
    return bool(dot and stem) and written and extension.lower() in EXTENSIONS


def product_name(path: str) -> bool:
    """Say whether the last part reads like a product, `Node.js`, rather than a file."""
    return bool(_PRODUCT.match(path.rpartition("/")[2]))


def marked_path(text: str) -> bool:
    """Say whether a text with marks of code in its last part is one file's path nonetheless."""
    folder, _, name = text.rpartition("/")
    *pieces, _ = _MARK.split(name)
    if not (folder and pieces and _MARKED.fullmatch(text) and known_file_name(name)):
        return False
    return not any(map(known_file_name, pieces))


def spaced_path(text: str) -> bool:
    """Say whether a text with spaces is one file's path rather than words with paths in it."""
    *words, last = text.split(" ")
    if not words or not ("/" in words[0] or "\\" in words[0]):
        return False
    return known_file_name(last) and not any(map(known_file_name, words))
