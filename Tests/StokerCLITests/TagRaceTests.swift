import Foundation
import StokerCore
import Testing

@testable import StokerKit

extension WholeProgram.OnAnEngine {
    /// Two who take the two names of one image at the same moment.
    @Suite struct TagRaceTests {
        /// It may be the last one, where both have been killed in between.
        @Test func `the name by which an image is held meanwhile outlives a reap`() async throws {
            try await TestProject.with { project in
                try project.write("\(project.base)/golden/Dockerfile", project.dockerfile("COPY a /golden\n"))
                try project.write("\(project.base)/golden/a", "golden")
                let name = "p\(project.id):1"
                let build = try await project.docker("build", "-t", name, "\(project.base)/golden")
                try #require(build.status == 0, "\(build.stderr)")
                let golden = try #require(try await project.imageID(name))
                let held = Warmer.guardingTag(of: golden, key: "0123456789abcdef")
                // A build's goes when the build is long dead.
                #expect(ScratchTag(held) == nil && KeptTag(held) == nil)
                try await project.docker("tag", golden, held)
                try await project.docker("rmi", name)
                try project.writeSmallImage()
                let reap = try await project.stoker("reap", "--older-than", "0s")
                #expect(reap.status == 0, "\(reap.stderr)")
                #expect(try await project.imageID(held) == golden)
                // It is no other name that would let a person's last one go.
                try await project.docker("tag", held, name)
                try project.write("stoker.yaml", "image: {tag: '\(name)'}\n")
                try await project.stoker("warm").expectComplaint(65, name, "--take-tag")
                #expect(try await project.imageID(name) == golden)
                try await project.docker("rmi", held)
            }
        }

        @Test(arguments: [true, false])
        func `a person's image keeps a name when two projects take both at once`(isOneUser: Bool) async throws
        {
            try await TestProject.with { project in
                try project.write("\(project.base)/golden/Dockerfile", project.dockerfile("COPY a /golden\n"))
                let folders = ["one", "two"].map { "\(project.base)/\($0)" }
                var outcomes: [Int32] = []
                for round in 0..<6 {
                    try project.write("\(project.base)/golden/a", "golden \(project.id) \(round)")
                    let names = ["p\(project.id):\(round)", "q\(project.id):\(round)"]
                    let build = try await project.docker("build", "-t", names[0], "\(project.base)/golden")
                    try #require(build.status == 0, "\(build.stderr)")
                    try await project.docker("tag", names[0], names[1])
                    let golden = try #require(try await project.imageID(names[0]))
                    var running: [RunningProgram] = []
                    for (folder, name) in zip(folders, names) {
                        try project.write("\(folder)/Dockerfile", project.dockerfile("COPY a /a\n"))
                        try project.write("\(folder)/a", "\(folder) \(round)")
                        try project.write("\(folder)/stoker.yaml", "image: {tag: '\(name)'}\n")
                        let caches = isOneUser ? [:] : ["XDG_CACHE_HOME": folder + ".cache"]
                        running.append(
                            try project.start(
                                [TestEngine.program, "warm", "--no-agent", "-C", folder], environment: caches)
                        )
                    }
                    for warm in running {
                        let outcome = try await warm.value()
                        #expect([0, 65].contains(outcome.status), "\(outcome.stderr)")
                        outcomes.append(outcome.status)
                    }
                    let left = try await project.docker(
                        "image", "inspect", "--format", "{{range .RepoTags}}{{println .}}{{end}}", golden)
                    #expect(
                        left.stdout.split(separator: "\n").contains { !$0.hasPrefix("stoker-") },
                        "\(round): \(left)")
                }
                // With one user, one of them gets its tag each time.
                if isOneUser { #expect(outcomes.count { $0 == 0 } >= 6) }
            }
        }
    }
}
