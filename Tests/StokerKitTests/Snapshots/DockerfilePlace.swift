@testable import StokerKit
import SystemPackage
import Testing

/// A place for a Dockerfile in a project whose context is `ctx`, and where the builder is to find it.
struct DockerfilePlace: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var prepare: @Sendable (TestProject) -> Void
    var dockerfile: String
    /// In the copy of the context.
    var found: String?

    /// Where the builder finds it.
    func found(in snapshot: Snapshot) -> FilePath {
        if let found { return snapshot.root().pushing(FilePath(found)) }
        return snapshot.tree.pushing(FilePath("\(snapshot.roots.dockerfile)/D"))
    }

    static let text = "FROM scratch\nCOPY . /\n# ours\n"

    static let all: [DockerfilePlace] = [
        DockerfilePlace(
            testDescription: "in the context", prepare: { $0.write("ctx/D", text) },
            dockerfile: "ctx/D", found: "D"),
        DockerfilePlace(
            testDescription: "excluded",
            prepare: {
                $0.write("ctx/D", text)
                $0.write("ctx/.dockerignore", "D\n.dockerignore\n")
            }, dockerfile: "ctx/D", found: "D"),
        DockerfilePlace(
            testDescription: "in an excluded folder",
            prepare: {
                $0.folder("ctx/sub")
                $0.write("ctx/sub/D", text)
                $0.write("ctx/.dockerignore", "sub\n")
            }, dockerfile: "ctx/sub/D", found: "sub/D"),
        DockerfilePlace(
            testDescription: "with its own ignore file",
            prepare: {
                $0.write("ctx/D", text)
                $0.write("ctx/D.dockerignore", "a\nD*\n")
                $0.write("ctx/.dockerignore", "b\n")
            }, dockerfile: "ctx/D", found: "D"),
        DockerfilePlace(
            testDescription: "outside", prepare: { $0.write("D", text) }, dockerfile: "D",
            found: nil),
        DockerfilePlace(
            testDescription: "outside with its own ignore file",
            prepare: {
                $0.write("D", text)
                $0.write("D.dockerignore", "a\n")
            }, dockerfile: "D", found: nil),
        DockerfilePlace(
            testDescription: "a link",
            prepare: {
                $0.write("ctx/real", text)
                $0.link("ctx/D", to: "real")
            }, dockerfile: "ctx/D", found: nil),
        DockerfilePlace(
            testDescription: "an excluded link",
            prepare: {
                $0.write("ctx/real", text)
                $0.link("ctx/D", to: "real")
                $0.write("ctx/.dockerignore", "D\nreal\n")
            }, dockerfile: "ctx/D", found: "D"),
        DockerfilePlace(
            testDescription: "behind a linked folder",
            prepare: {
                $0.folder("ctx/real")
                $0.write("ctx/real/D", text)
                $0.link("ctx/sub", to: "real")
            }, dockerfile: "ctx/sub/D", found: nil),
        DockerfilePlace(
            testDescription: "with a linked ignore file",
            prepare: {
                $0.write("ctx/D", text)
                $0.write("ctx/ignore", "a\n")
                $0.link("ctx/.dockerignore", to: "ignore")
            }, dockerfile: "ctx/D", found: nil),
    ]
}
