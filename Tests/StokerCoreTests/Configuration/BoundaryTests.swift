import SystemPackage
import Testing

@testable import StokerCore

/// A cloned repository must not be able to read or write the machine.
@Suite struct BoundaryTests {
    /// `out` leads out of the repository, `in` to another of its folders, `loose` nowhere, `spin` to itself.
    private func fixture() throws -> ConfigurationFixture {
        let fixture = try ConfigurationFixture()
        try fixture.write("key", fixture.base.appending("private/key"))
        try fixture.folder(fixture.repository.appending("lib/deep"))
        try fixture.folder(fixture.root.appending("folder"))
        try fixture.link(fixture.root.appending("out"), to: "../../private")
        try fixture.link(fixture.root.appending("in"), to: "../lib")
        try fixture.link(fixture.root.appending("loose"), to: "../../private/later")
        try fixture.link(fixture.root.appending("spin"), to: "spin")
        try fixture.link(fixture.root.appending("keyfile"), to: "../../private/key")
        return fixture
    }

    @Test(arguments: [
        (
            "context: ../..",
            "FILE:1:18: \"context\": BASE lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE]}} to USER"
        ),
        (
            "context: ../../repo-2",
            "FILE:1:18: \"context\": REPO-2 lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [REPO-2]}} to USER"
        ),
        (
            "context: /",
            "FILE:1:18: \"context\": / lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [/]}} to USER"
        ),
        (
            "context: /etc",
            "FILE:1:18: \"context\": /etc lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [/etc]}} to USER"
        ),
        (
            "context: ../../private",
            "FILE:1:18: \"context\": BASE/private lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "context: ../../missing/x",
            "FILE:1:18: \"context\": BASE/missing/x lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/missing/x]}} to USER"
        ),
        (
            "context: out",
            "FILE:1:18: \"context\": ROOT/out leads to BASE/private, outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "context: out/missing",
            "FILE:1:18: \"context\": ROOT/out/missing leads to BASE/private/missing, outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private/missing]}} to USER"
        ),
        (
            "context: loose",
            "FILE:1:18: \"context\": ROOT/loose is a symbolic link that leads nowhere; create what it names, or remove it"
        ),
        (
            "context: loose/x",
            "FILE:1:18: \"context\": ROOT/loose is a symbolic link that leads nowhere; create what it names, or remove it"
        ),
        (
            "context: spin",
            "FILE:1:18: \"context\": cannot resolve ROOT/spin: Too many levels of symbolic links"
        ),
        (
            "context: ~/x",
            "FILE:1:18: \"context\": found \"~/x\", expected a path in the project: ~ is not the home folder here; write ./~/x if a folder of that name is meant"
        ),
        (
            "dockerfile: ../../private/key",
            "FILE:1:21: \"dockerfile\": BASE/private/key lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "dockerfile: keyfile",
            "FILE:1:21: \"dockerfile\": ROOT/keyfile leads to BASE/private/key, outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        ("dockerfile: /", "FILE:1:21: \"dockerfile\": / is a folder, expected a file"),
        (
            "build-contexts: {a: ../../private}",
            "FILE:1:29: \"a\": BASE/private lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "build-contexts: {a: out}",
            "FILE:1:29: \"a\": ROOT/out leads to BASE/private, outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "build-contexts: {a: 'x:/../../../private'}",
            "FILE:1:29: \"a\": found the string \"x:/../../../private\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…; write ./x:/../../../private if a folder is meant"
        ),
        (
            "build-contexts: {a: 'ssh://host/../../../private'}",
            "FILE:1:29: \"a\": found the string \"ssh://host/../../../private\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        ),
        (
            "build-contexts: {a: 'target:/../../../private'}",
            "FILE:1:29: \"a\": found the string \"target:/../../../private\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        ),
        (
            "build-contexts: {a: 'git://../../../private'}",
            "FILE:1:29: \"a\": found the string \"git://../../../private\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        ),
        (
            "build-contexts: {a: 'git@host:../../private'}",
            "FILE:1:29: \"a\": found the string \"git@host:../../private\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…; write ./git@host:../../private if a folder is meant"
        ),
        (
            "build-contexts: {a: 'C:x'}",
            "FILE:1:29: \"a\": found the string \"C:x\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…; write ./C:x if a folder is meant"
        ),
        (
            "build-contexts: {a: 'oci-layout:///etc:v1'}",
            "FILE:1:29: \"a\": /etc lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [/etc]}} to USER"
        ),
        (
            "build-contexts: {a: 'oci-layout://out@sha256:00'}",
            "FILE:1:29: \"a\": ROOT/out leads to BASE/private, outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "build-contexts: {a: ~}",
            "FILE:1:29: \"a\": found nothing, expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        ),
        (
            "build-contexts: {a: ~/x}",
            "FILE:1:29: \"a\": found \"~/x\", expected a path in the project: ~ is not the home folder here; write ./~/x if a folder of that name is meant"
        ),
        (
            "cache-from: 'type=local,src=/etc'",
            "FILE:1:21: \"cache-from\": /etc lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [/etc]}} to USER"
        ),
        (
            "cache-from: ['src=out,type=local']",
            "FILE:1:22: \"cache-from\": ROOT/out leads to BASE/private, outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "cache-from: 'type=local,\"src=/etc\"'",
            "FILE:1:21: \"cache-from\": found the string \"type=local,\\\"src=/etc\\\"\", expected a cache such as type=local,src=.cache or an image reference"
        ),
        (
            "cache-from: 'type=local, src=/etc'",
            "FILE:1:21: \"cache-from\": found the string \"type=local, src=/etc\", expected a cache such as type=local,src=.cache or an image reference"
        ),
        (
            "cache-to: 'TYPE=local,DEST=../../private'",
            "FILE:1:19: \"cache-to\": BASE/private lies outside of REPO, which a project may not read by itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER"
        ),
        (
            "cache-to: 'type=local,dest=~/x'",
            "FILE:1:19: \"cache-to\": found the string \"type=local,dest=~/x\", expected a cache such as type=local,src=.cache or an image reference"
        ),
    ])
    func whatLeadsOutOfTheRepositoryIsRefused(yaml: String, expected: String) throws {
        let fixture = try fixture()
        #expect(fixture.failure { try fixture.load("image: {\(yaml)}") } == expected)
    }

    @Test(arguments: [
        (
            "record: ../record.json",
            "FILE:1:17: \"record\": REPO/record.json lies outside of the project ROOT"
        ),
        (
            "record: /tmp/record.json",
            "FILE:1:17: \"record\": /tmp/record.json lies outside of the project ROOT"
        ),
        ("record: .", "FILE:1:17: \"record\": ROOT is the project's folder, expected a file"),
        ("record: folder", "FILE:1:17: \"record\": ROOT/folder is a directory, expected a file"),
        ("record: folder/", "FILE:1:17: \"record\": found \"folder/\", expected a file's path"),
        ("record: new/", "FILE:1:17: \"record\": found \"new/\", expected a file's path"),
        ("record: new/.", "FILE:1:17: \"record\": found \"new/.\", expected a file's path"),
        (
            "record: in/record.json",
            "FILE:1:17: \"record\": ROOT/in/record.json is reached through a symbolic link"
        ),
        ("lock: out/lock", "FILE:1:15: \"lock\": ROOT/out/lock is reached through a symbolic link"),
        ("lock: loose/lock", "FILE:1:15: \"lock\": ROOT/loose/lock is reached through a symbolic link"),
        ("lock: keyfile", "FILE:1:15: \"lock\": ROOT/keyfile is a symbolic link, expected a file"),
        (
            "lock: .git/hooks/pre-commit",
            "FILE:1:15: \"lock\": ROOT/.git/hooks/pre-commit lies among git's own files"
        ),
        ("lock: folder/../../x", "FILE:1:15: \"lock\": REPO/x lies outside of the project ROOT"),
        (
            "lock: ~/x",
            "FILE:1:15: \"lock\": found \"~/x\", expected a path in the project: ~ is not the home folder here; write ./~/x if a folder of that name is meant"
        ),
    ])
    func recordAndLockStayInTheProject(yaml: String, expected: String) throws {
        let fixture = try fixture()
        #expect(fixture.failure { try fixture.load("image: {\(yaml)}") } == expected)
    }

    @Test func defaultsAreHeldToTheBoundaryToo() throws {
        let fixture = try fixture()
        try fixture.link(fixture.root.appending("Dockerfile"), to: "../../private/key")
        #expect(
            fixture.failure { try fixture.load("") }
                == "ROOT/Dockerfile leads to BASE/private/key, outside of REPO, which a project may not read by "
                + "itself; if it may, add projects: {ROOT: {allow: [BASE/private]}} to USER")
        let other = try self.fixture()
        try other.link(other.root.appending(".docker_build.lock"), to: "../../private/key")
        #expect(
            other.failure { try other.load("") }
                == "ROOT/.docker_build.lock is a symbolic link, expected a file")
        let third = try self.fixture()
        try third.folder(third.root.appending(".docker_test_cache.json"))
        #expect(
            third.failure { try third.load("") }
                == "ROOT/.docker_test_cache.json is a directory, expected a file")
    }

    @Test func theRepositoryIsInsideTheBoundary() throws {
        let fixture = try fixture()
        let root = fixture.root
        let image = try fixture.loadImage(
            "image: {context: .., dockerfile: lib/D, record: a/b/../r, build-contexts: {x: in/deep, y: in/no}}"
        )
        #expect(image.context == fixture.repository)
        #expect(image.dockerfile == fixture.repository.appending("lib/D"))
        #expect(image.record == root.appending("a/r"))
        #expect(
            image.buildContexts == [
                "x": .directory(fixture.repository.appending("lib/deep")),
                "y": .directory(fixture.repository.appending("lib/no")),
            ])
    }

    @Test func pathsAreGivenWithoutLinksButADockerfileKeepsItsName() throws {
        let fixture = try fixture()
        try fixture.write("FROM scratch", fixture.repository.appending("lib/real"))
        try fixture.link(fixture.repository.appending("lib/Dockerfile"), to: "real")
        // As in compose, the Dockerfile's path starts at the context's as it is written.
        let beside = try fixture.loadImage("image: {context: in, dockerfile: ../D}")
        #expect(beside.dockerfile == fixture.root.appending("D"))
        let image = try fixture.loadImage("image: {context: in}")
        #expect(image.context == fixture.repository.appending("lib"))
        #expect(image.dockerfile == fixture.repository.appending("lib/Dockerfile"))
    }

    @Test func aFileThatTheDockerfileLeadsToIsNotOverwritten() throws {
        let fixture = try fixture()
        try fixture.write("FROM scratch", fixture.root.appending("real"))
        try fixture.link(fixture.root.appending("Dockerfile"), to: "real")
        #expect(
            fixture.failure { try fixture.load("image: {record: real}") }
                == "FILE:1:8: the record of image default is the same file as the Dockerfile of image default: "
                + "ROOT/real")
    }

    @Test func theUserMayAllowMore() throws {
        let fixture = try fixture()
        let target = fixture.base.appending("private")
        try fixture.link(fixture.home.appending("way"), to: target.string)
        let yaml = "image: {context: out, dockerfile: key, cache-from: 'type=local,src=out/c'}"
        for allowed in [target, fixture.home.appending("way"), fixture.base] {
            let image = try fixture.loadImage(yaml, allow: ["/nowhere", allowed])
            #expect(image.context == target)
            #expect(image.dockerfile == target.appending("key"))
            #expect(image.cacheFrom == ["type=local,src=\(target)/c"])
        }
        #expect(fixture.failure { try fixture.load(yaml, allow: [target.appending("other")]) } != nil)
    }

    @Test func recordsAreNotForTheUserToAllowElsewhere() throws {
        let fixture = try fixture()
        #expect(fixture.failure { try fixture.load("image: {record: out/r}", allow: [fixture.base]) } != nil)
        #expect(fixture.failure { try fixture.load("image: {lock: ../l}", allow: [fixture.base]) } != nil)
    }

    @Test func withoutARepositoryTheProjectIsTheBoundary() throws {
        let fixture = try ConfigurationFixture()
        let root = fixture.home.appending("loose/app")
        try fixture.write("image: {context: ..}", root.appending("stoker.yaml"))
        let user = UserSettings(file: fixture.userFile, home: fixture.home)
        #expect(fixture.failure { try ProjectSettings.load(root: root, user: user) } != nil)
        // Dotfiles in git do not make the home a repository of every project below it.
        try fixture.folder(fixture.home.appending(".git"))
        try fixture.folder(fixture.base.appending(".git"))
        #expect(fixture.failure { try ProjectSettings.load(root: root, user: user) } != nil)
        // A worktree's or a submodule's `.git` is a file.
        try fixture.write("gitdir: x", fixture.home.appending("loose/.git"))
        let image = try ProjectSettings.load(root: root, user: user).images[0]
        #expect(image.context == fixture.home.appending("loose"))
    }

    @Test func theNearestRepositoryIsTheBoundary() throws {
        let fixture = try fixture()
        try fixture.folder(fixture.root.appending(".git"))
        #expect(fixture.failure { try fixture.load("image: {context: ..}") } != nil)
        #expect(try fixture.loadImage("image: {context: folder}").context == fixture.root.appending("folder"))
    }
}
