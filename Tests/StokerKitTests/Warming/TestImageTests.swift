import Foundation
import StokerKit
import SystemPackage
import Testing

/// As a suite in Swift has it.
@Suite(.engineSlots, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct TestImageTests {
    @Test func aSuiteHasItsImageAndNamesInAFewLines() async throws {
        let project = TestProject()
        let environment = environment(project)
        let tag = TestEngine.unique("stoker-test-image:")
        project.write("Dockerfile", "FROM scratch\nCOPY greeting /greeting\nCMD [\"none\"]\n")
        project.write("greeting", tag)
        project.write("stoker.yaml", "image: {tag: '\(tag)', keep: 0}\n")
        defer { _ = try? TestEngine.docker("rmi", tag) }

        // Cold, by several tests at once.
        let images = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await TestImage.reference(project: project.root.string, environment: environment)
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(images == [tag])
        let names = try (0..<2).map { _ in
            try TestImage.containerName("greets", project: project.root.string, environment: environment)
        }
        #expect(Set(names).count == 2)
        let name = names[0]
        #expect(name.wholeMatch(of: /clud-greets-[0-9a-f]{8}/) != nil)
        try TestEngine.docker("create", "--name", name, "--network", "none", tag)
        defer { _ = try? TestEngine.docker("rm", "--volumes", name) }
        let copy = project.folder.appending("copy").string
        try TestEngine.docker("cp", "\(name):/greeting", copy)
        #expect(try String(contentsOfFile: copy, encoding: .utf8) == tag)
    }

    @Test func whatIsWrongIsOneSentence() async throws {
        let project = TestProject()
        project.write("Dockerfile", "FROM scratch\nCOPY missing /missing\n")
        let error = await #expect(throws: (any Error).self) {
            try await TestImage.reference(
                of: "other", project: project.root.string, environment: environment(project))
        }
        #expect(error.map { "\($0)" }?.contains("has no image `other`; name one of: default") == true)
        await #expect(throws: (any Error).self) {
            try await TestImage.reference(project: "/", environment: environment(project))
        }
    }

    private func environment(_ project: TestProject) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["DOCKER_HOST"] = TestEngine.address
        environment["HOME"] = project.folder.string
        environment["XDG_CACHE_HOME"] = project.cache.string
        environment["XDG_CONFIG_HOME"] = project.folder.appending("config").string
        return environment
    }
}
