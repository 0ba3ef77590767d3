import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// What a cloned `stoker.yaml` may not ask of the builder.
    @Suite struct BuildTrustTests {
        /// Writes the line that a complaint names into the person's configuration.
        private func admit(_ complaint: String, _ project: TestProject) throws {
            let line = try #require(complaint.firstRange(of: "projects: {"))
            let end = try #require(complaint.firstRange(of: " to \(project.base)/config"))
            try project.writeUserConfiguration(
                String(complaint[line.lowerBound..<end.lowerBound]) + "\n")
        }

        @Test(arguments: ["network: host", "cache-to: 'type=local,dest=out'", "cache-from: type=gha"])
        func `the line that a complaint names admits it`(setting: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {\(setting)}\n")
                let warm = try await project.stoker("warm")
                warm.expectComplaint(65, "stoker.yaml:1:", "may not", "config/stoker/config.yaml")
                #expect(project.builds == 0)
                try await project.stoker("run", "--", "true").expectComplaint(65, "may not")
                try admit(warm.stderr, project)
                // Not every builder has all of it.
                #expect(try await !project.stoker("warm").stderr.contains("may not"))
                if setting == "network: host" { #expect(try await project.imageID() != nil) }
            }
        }

        @Test func `layers come from an image that the engine has, and from no registry`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let cache = "cache\(project.id):1"
                try project.write("stoker.yaml", "image: {cache-from: ['\(cache)', 'localhost:9/x']}\n")
                try await project.stoker("warm").expectComplaint(
                    65, "\"\(cache)\", from where a project may not take layers by itself",
                    "the engine has no image of that name",
                    "cache-from: [docker.io/library/cache\(project.id)]")
                #expect(project.builds == 0)
                try project.write("stoker.yaml", "image: {cache-from: '\(cache)'}\n")
                try await project.stoker("warm").expectComplaint(65, cache)
                try project.write("\(project.base)/c/Dockerfile", project.dockerfile("COPY a /c\n"))
                try project.write("\(project.base)/c/a", "cached")
                let build = try await project.docker("build", "-t", cache, "\(project.base)/c")
                try #require(build.status == 0, "\(build.stderr)")
                #expect(try await project.warm().outcome == "built")
            }
        }

        @Test func `an agent says it too, and that it has to be started anew`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {network: host}\n")
                let agent = try await TestAgent(project)
                try await agent.process.until("told it") {
                    try await agent.status().projects[0].problem?.contains("may not build") == true
                }
                let problem = try #require(try await agent.status().projects[0].problem)
                #expect(problem.hasSuffix("config.yaml and start the agent anew"))
                try admit(problem, project)
                try await project.stoker("warm").expectComplaint(65, "start the agent anew")
                try await agent.stop()
                _ = try await TestAgent(project)
                #expect(try await project.warm().image == project.tag)
                #expect(project.builds == 1)
            }
        }
    }
}
