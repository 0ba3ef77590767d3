import Foundation
import Glibc
import Synchronization
import Testing

extension WholeProgram.OnAnEngine {
    /// Processes and threads that all want the image at once.
    @Suite(.timeLimit(.minutes(60))) struct CrowdTests {
        @Test func `a cold project is built once for processes with four threads each`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let crowd = try Crowd(project)
                let running = try crowd.start(Crowd.size)
                try await crowd.untilWaiting(Crowd.size * 4 - 1, running)
                try crowd.letBuild()
                let answers = try await crowd.answers(running).map(\.result)
                #expect(answers.count == Crowd.size * 4)
                #expect(crowd.builds == 1)
                #expect(answers.count { $0.outcome == "built" } == 1)
                #expect(answers.allSatisfy { ["built", "waited"].contains($0.outcome) })
                #expect(Set(answers.map(\.imageID)) == [try #require(try await project.imageID())])
                #expect(try await project.contentOfA() == "first")
                #expect(!project.exists(project.lock))
            }
        }

        @Test func `a cold project is built once for as many stoker warm`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let crowd = try Crowd(project)
                let running = try (0..<Crowd.size).map { _ in
                    try project.start(
                        [TestEngine.program, "warm", "--json", "--no-agent", "--timeout", "3000"],
                        environment: crowd.environment)
                }
                try await crowd.untilWaiting(Crowd.size - 1, running)
                try crowd.letBuild()
                let answers = try await Self.answers(running)
                #expect(crowd.builds == 1)
                #expect(answers.count { $0.outcome == "built" } == 1)
                #expect(Set(answers.map(\.imageID)) == [try #require(try await project.imageID())])
            }
        }

        @Test func `a cold project is built once for as many who ask the agent`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                project.holdBuilds()
                _ = try await TestAgent(project)
                let running = try (0..<Crowd.size).map { _ in
                    try project.stokerStarted("warm", "--json", "--timeout", "3000")
                }
                for process in running {
                    try await process.until("heard of the build") { process.stderr.contains("building") }
                }
                project.releaseBuilds()
                let answers = try await Self.answers(running)
                #expect(project.builds == 1)
                #expect(answers.allSatisfy { $0.via == "agent" })
                #expect(Set(answers.map(\.imageID)) == [try #require(try await project.imageID())])
            }
        }

        @Test(arguments: [false, true])
        func `while the inputs change, everyone's answer is right for when they asked or later`(
            withAgent: Bool
        ) async throws {
            try await TestProject.with { project in
                // All are kept, so that each can still be looked into afterwards.
                try project.write("stoker.yaml", "image: {keep: 100}\n")
                try project.write("Dockerfile", project.dockerfile("COPY number /number\n"))
                try project.write("number", "0")
                let agent = withAgent ? try await TestAgent(project) : nil
                let writer = Writer(project)
                let size = max(2, Crowd.size / 32)
                let lines: [Crowd.Line]
                if withAgent {
                    let script = """
                        for i in 1 2 3; do
                            asked=$(cat number); answer=$($stoker warm --json) || exit
                            echo "{\\"asked\\":$asked,\\"result\\":$answer}"
                        done
                        """
                    let running = try (0..<size * 2).map { _ in
                        try project.start(["sh", "-c", script], environment: ["stoker": TestEngine.program])
                    }
                    lines = try await Crowd(project).answers(running)
                    #expect(lines.count == size * 6)
                } else {
                    let crowd = try Crowd(project)
                    try crowd.letBuild()
                    lines = try await crowd.answers(
                        crowd.start(size, rounds: 2, numberFile: project.root + "/number"))
                    #expect(lines.count == size * 8)
                }
                let last = try await writer.stop()
                var numbers: [String: Int] = [:]
                for line in lines {
                    let id = line.result.imageID
                    if numbers[id] == nil {
                        numbers[id] = Int(try await project.content(of: "number", id))
                    }
                    let asked = try #require(line.asked)
                    let answered = try #require(numbers[id], "\(id)")
                    #expect((asked...last).contains(answered), "\(line)")
                }
                #expect(numbers.count > 1)
                _ = try await agent?.stop()
                #expect(try await project.warm("--no-agent").warnings.isEmpty)
                #expect(try await project.content(of: "number") == "\(last)")
            }
        }

        private static func answers(_ running: [RunningProgram]) async throws -> [TestProject.WarmAnswer] {
            var answers: [TestProject.WarmAnswer] = []
            for process in running {
                let outcome = try await process.value(within: .seconds(600))
                try #require(outcome.status == 0, "\(outcome.stderr)")
                answers.append(try outcome.json(TestProject.WarmAnswer.self))
            }
            return answers
        }
    }
}

/// Somebody who puts ever higher numbers into the file `number`.
private final class Writer: Sendable {
    private let task: Task<Int, any Error>

    init(_ project: TestProject) {
        task = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                try project.write("number", "\(number)")
                // Now faster than any build, now slower.
                try? await Task.sleep(for: .milliseconds(number % 7 * 100))
            }
            return number
        }
    }

    /// - Returns: the last number.
    func stop() async throws -> Int {
        task.cancel()
        return try await task.value
    }
}
