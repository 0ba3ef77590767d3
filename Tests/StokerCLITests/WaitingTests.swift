import Foundation
import StokerCore
import StokerKit
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// What those who wait for somebody else's build are told, and get.
    @Suite struct WaitingTests {
        @Test(arguments: TestEngine.clients)
        func `who waits is told how far the holder is, and how long it took last time`(client: String)
            async throws
        {
            try await TestProject.with(client: client) { project in
                try project.writeSlowImage(seconds: "0")
                let first = try await project.warm()
                #expect(first.wait == nil)
                try project.write("seconds", "600")
                let holder = try project.stokerStarted("warm")
                try await holder.until("was building") { project.builds == 2 }
                let waiting = try project.stokerStarted("warm")
                let text = "stoker: waiting for stoker warm (process \(holder.pid) on "
                try await waiting.until("waited") { waiting.stderr.contains(text) }
                #expect(waiting.stderr.contains("its last build took "))
                // The last step runs until it is ended.
                try await waiting.until("told the step") {
                    waiting.stderr.firstMatch(of: /at step [^\n]*[0-9]+\/[0-9]+/) != nil
                }
                waiting.signal(SIGTERM)
                _ = try await waiting.value()
                holder.signal(SIGTERM)
                _ = try await holder.value()
            }
        }

        @Test func `a wait is told in the answer`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                project.holdBuilds()
                let holder = try project.stokerStarted("warm")
                try await holder.until("was building") { project.builds == 1 }
                let waiting = try project.stokerStarted("warm", "--json")
                try await waiting.until("waited") { waiting.stderr.contains("waiting for") }
                project.releaseBuilds()
                let answer = try await waiting.value().json(TestProject.WarmAnswer.self)
                let wait = try #require(answer.wait)
                #expect(wait.holder?.pid == holder.pid)
                #expect(wait.holder?.image == project.tag)
                #expect((0...answer.seconds).contains(wait.seconds))
            }
        }

        @Test(arguments: TestEngine.clients)
        func `a build that is refused is asked for once, whoever waits`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeRunningImage("echo the pipes are cold >&2; exit 3")
                project.holdBuilds()
                let holder = try project.stokerStarted("warm")
                try await holder.until("was building") { project.builds == 1 }
                var waiting: [RunningProgram] = []
                for _ in 0..<4 { waiting.append(try project.stokerStarted("warm")) }
                try await holder.until("was waited for") { KernelLocks.waiters(for: project.lock) == 4 }
                project.releaseBuilds()
                for process in waiting + [holder] {
                    let outcome = try await process.value()
                    #expect(outcome.status == 1)
                    #expect(outcome.stderr.contains("the pipes are cold"), "\(outcome.stderr)")
                }
                #expect(project.builds == 1)
                // Who asks later may know better.
                #expect(try await project.stoker("warm").status == 1)
                #expect(project.builds == 2)
            }
        }

        /// Who waits asks past the agent, so it cannot know of them.
        @Test func `an agent that builds what is no longer wanted gives way to who waits`() async throws {
            try await TestProject.with { project in
                try project.writeSlowImage(seconds: "600")
                let agent = try await TestAgent(project, project.root)
                try await agent.process.until("was building") { project.builds == 1 }
                let waiting = try project.stokerStarted("warm", "--no-agent")
                try await waiting.until("waited") { KernelLocks.waiters(for: project.lock) == 1 }
                try project.write("seconds", "0")
                let outcome = try await waiting.value(within: .seconds(500))
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(try await project.content(of: "seconds") == "0")
            }
        }

        @Test func `a build that was refused says nothing of other inputs`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("test $(/bin/busybox cat /seconds) != 0", copying: "seconds")
                try project.write("seconds", "0")
                project.holdBuilds()
                let holder = try project.stokerStarted("warm")
                try await holder.until("was building") { project.builds == 1 }
                let waiting = try project.stokerStarted("warm")
                try await waiting.until("waited") { KernelLocks.waiters(for: project.lock) == 1 }
                try project.write("seconds", "1")
                project.releaseBuilds()
                #expect(try await holder.value().status == 1)
                let outcome = try await waiting.value()
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(try await project.content(of: "seconds") == "1")
            }
        }
    }
}
