import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// Two who take the two names of one image at the same moment.
    @Suite struct TagRaceTests {
        @Test(arguments: [true, false])
        func `a person's image keeps a name when two projects take both at once`(isOneUser: Bool) async throws
        {
            try await TestProject.with { project in
                try project.write("\(project.base)/golden/Dockerfile", project.dockerfile("COPY a /golden\n"))
                let folders = ["one", "two"].map { "\(project.base)/\($0)" }
                var outcomes: [Int32] = []
                for round in 0..<6 {
                    try project.write("\(project.base)/golden/a", "golden \(round)")
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
