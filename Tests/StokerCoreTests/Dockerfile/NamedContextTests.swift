import StokerCore
import SystemPackage
import Testing

struct NamedContextTests {
    private func read(_ text: String, _ contexts: [String: BuildContext]) throws -> DockerfileReading {
        try Reading.of(text, Reading.surroundings(contexts: contexts))
    }

    private let lib = BuildContext.directory("/srv/lib")

    @Test func aFolderIsReadWhereItIsNamed() throws {
        let text = "FROM a\nCOPY --from=lib x /z\nRUN --mount=from=LIB,source=y,target=/z q\n"
        let reading = try read(text, ["lib": lib, "other": .directory("/srv/other")])
        #expect(Reading.paths(reading.context) == [])
        #expect(Reading.paths(reading.named["lib"]) == ["x", "y"])
        #expect(reading.named["other"] == nil)
        #expect(reading.bases.map(\.text) == ["a"])
    }

    @Test(arguments: ["alpine", "alpine:latest", "docker.io/library/alpine"])
    func aFolderStandsInForAnImage(_ key: String) throws {
        let reading = try read("FROM alpine\nCOPY n$BASE /z\n", [key: lib])
        #expect(Reading.paths(reading.named[key]) == ["/"])
        #expect(Reading.paths(reading.context) == ["n"])
        #expect(reading.bases.isEmpty)
    }

    @Test func aFolderThatStandsInForAStageIsReadAsWell() throws {
        let reading = try read("FROM a AS s\nCOPY m /z\nFROM s\nCOPY --from=s q /z\n", ["s": lib])
        #expect(Reading.paths(reading.named["s"]) == ["/", "q"])
        #expect(Reading.paths(reading.context) == ["m"])
    }

    @Test func anImageStandsInForAnImage() throws {
        let contexts = ["alpine": BuildContext.reference("docker-image://python:3")]
        let reading = try read("FROM alpine\nCOPY n /z\n", contexts)
        #expect(reading.bases == [BaseReference(text: "python:3", line: 1, isFrom: true)])
        #expect(Reading.paths(reading.context) == ["n"])
    }

    @Test(arguments: [
        ("https://h/r.git", ["n"]), ("oci-layout:///srv/x", ["ALL"]), ("target:x", ["ALL"]),
        ("docker-image://gone", ["ALL"]),
    ])
    func anotherReferenceIsAsMuchAsIsKnownOfIt(_ reference: String, _ paths: [String]) throws {
        let reading = try read("FROM alpine\nCOPY n /z\n", ["alpine": .reference(reference)])
        #expect(Reading.paths(reading.context) == paths)
    }

    @Test(arguments: ["context", "scratch", "alpine::linux/amd64"])
    func aNameThatBuildersTakeDifferentlyWidensAll(_ key: String) throws {
        let reading = try read("FROM a\nCOPY n /z\n", [key: lib])
        #expect(Reading.paths(reading.context) == ["ALL"])
        #expect(Reading.paths(reading.named[key]) == ["ALL"])
    }

    @Test func anUncertainSourceWidensItsOwnContextAlone() throws {
        let reading = try read("FROM a\nCOPY --from=lib $NO_PROXY /z\nCOPY n /z\n", ["lib": lib])
        #expect(Reading.paths(reading.named["lib"]) == ["ALL"])
        #expect(Reading.paths(reading.context) == ["n"])
    }
}
