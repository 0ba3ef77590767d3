import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// What somebody has put in the place of the lock or the record is refused, and nothing outside is written.
    @Suite struct ForeignFileTests {
        struct Obstacle: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var complaint: String
            var put: @Sendable (_ place: String, _ precious: String) -> Int32
        }

        static let obstacles = [
            Obstacle(testDescription: "a symbolic link", complaint: "is a symbolic link") { symlink($1, $0) },
            Obstacle(
                testDescription: "a hard link", complaint: "it has other names too (hard links); remove it"
            ) {
                link($1, $0)
            },
            Obstacle(testDescription: "a folder", complaint: "is a directory") { place, _ in
                mkdir(place, 0o755)
            },
            Obstacle(testDescription: "a FIFO", complaint: "is not a regular file") { place, _ in
                mkfifo(place, 0o644)
            },
        ]

        @Test(arguments: obstacles, [".docker_build.lock", ".docker_test_cache.json"])
        func `it is told what is in the way`(obstacle: Obstacle, name: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("precious", "mine")
                #expect(obstacle.put(project.path(name), project.path("precious")) == 0)
                try await project.stoker("warm").expectComplaint(65, project.path(name), obstacle.complaint)
                #expect(project.text("precious") == "mine")
                #expect(project.builds == 0)
                try await project.start(["rm", "-rf", project.path(name)]).value().expectSuccess()
                #expect(try await project.warm().outcome == "built")
                #expect(project.text("precious") == "mine")
            }
        }

        @Test(
            .enabled(if: TestEngine.isRoot, TestEngine.rootNeeded),
            arguments: [".docker_build.lock", ".docker_test_cache.json"])
        func `another user's file is refused, unless the project is theirs`(name: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(name, "")
                #expect(chown(project.path(name), 65_534, 0) == 0)
                try await project.stoker("warm").expectComplaint(
                    65, project.path(name), "it belongs to another user (id 65534); remove it")
                #expect(project.builds == 0)
                #expect(chown(project.root, 65_534, 0) == 0)
                #expect(try await project.warm().outcome == "built")
            }
        }

        @Test func `a marker that is no file is refused`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {lock: {protocol: marker}}\n")
                let name = ".docker_build.marker"
                for obstacle in Self.obstacles where obstacle.testDescription != "a hard link" {
                    try project.write("precious", "mine")
                    #expect(obstacle.put(project.path(name), project.path("precious")) == 0)
                    for command in ["warm", "unlock"] {
                        try await project.stoker(command).expectComplaint(
                            65, project.path(name), obstacle.complaint)
                    }
                    try await project.start(["rm", "-rf", project.path(name)]).value().expectSuccess()
                    #expect(project.text("precious") == "mine")
                }
            }
        }
    }
}

extension Outcome {
    fileprivate func expectSuccess(at location: SourceLocation = #_sourceLocation) {
        #expect(status == 0, "\(stderr)", sourceLocation: location)
    }
}
