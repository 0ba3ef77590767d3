import Foundation
import Glibc
import StokerAgent
import StokerKit
import SystemPackage
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// What the agent answers without looking, and when it has to look after all.
    @Suite struct FenceTests {
        private func withCurrentAgent(
            _ body: (TestProject, TestAgent) async throws -> Void
        ) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try await body(project, agent)
            }
        }

        /// Asks without starting a program.
        private func ask(_ project: TestProject) -> [WarmResult]? {
            HitsQuestion(project: project.root, images: [], engine: project.base + "/engine.sock")
                .ask(agentAt: FilePath(project.agentSocket))
        }

        /// Waits until an answer stands: at what other tests do on the same engine the agent looks again by itself.
        private func untilItStands(_ project: TestProject, _ agent: TestAgent) async throws {
            try await agent.process.until("had an answer that stands") { ask(project) != nil }
        }

        /// Where the engine does not tell of every tag, it is asked which image has it, and nothing else.
        @Test func `a hit asks the engine for nothing that its events tell`() async throws {
            try await withCurrentAgent { project, agent in
                let version = try await project.docker("version", "--format", "{{.Server.Version}}").stdout
                let numbers = version.split { $0 == "." || $0 == "+" || $0 == "\n" }.compactMap { Int($0) }
                let tellsAll = numbers.starts(with: [28]) && numbers[1] >= 1 || numbers[0] > 28
                let question = 400
                try await agent.process.until("answered five times without asking more") {
                    let before = project.bytesSentToEngine
                    let answers = (0..<5).map { _ in ask(project) }
                    return answers.allSatisfy { $0 != nil }
                        && project.bytesSentToEngine - before <= (tellsAll ? 0 : 5 * question)
                }
                let told = try await project.stoker("inputs", "--digest").stdout
                #expect(told == (try await project.digest()) + "\n")
                let answer = try await project.warm()
                #expect(answer.outcome == "hit")
                #expect(answer.via == "agent")
            }
        }

        /// BuildKit's own tags are told by new engines alone.
        @Test func `a tag that another build has taken never hits`() async throws {
            try await withCurrentAgent { project, agent in
                try project.write("other/Dockerfile", project.dockerfile("LABEL other=1\n"))
                for _ in 0..<3 {
                    try await untilItStands(project, agent)
                    let built = try await project.shell(
                        "DOCKER_BUILDKIT=1 DOCKER_HOST=\(TestEngine.host ?? "") \(project.client) build -q -t \(project.tag) -t other\(project.id):1 other"
                    )
                    try #require(built.status == 0, "\(built.stderr)")
                    let other = built.stdout.trimmingCharacters(in: .newlines)
                    let answer = try await project.warm()
                    #expect(answer.imageID != other)
                    #expect(answer.digest == (try await project.digest()))
                }
            }
        }

        /// The settings hold what it led to.
        @Test func `a link on the way to the context that is bent never hits`() async throws {
            try await TestProject.with { project in
                for name in ["one", "two"] {
                    try project.write("\(name)/Dockerfile", project.dockerfile("COPY a /a\n"))
                    try project.write("\(name)/a", name)
                }
                try project.write("stoker.yaml", "image: {context: current, tag: \(project.tag)}\n")
                try #require(symlink("one", project.root + "/current") == 0)
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try await untilItStands(project, agent)
                let bent = try await project.shell("ln -sfn two current")
                try #require(bent.status == 0)
                #expect(try await project.warm().digest == (try await project.digest()))
                #expect(try await project.contentOfA() == "two")
            }
        }

        @Test func `an image that is removed outside is noticed and made good`() async throws {
            try await withCurrentAgent { project, agent in
                try await untilItStands(project, agent)
                try await project.docker("rmi", "--force", project.tag)
                try await agent.process.until("made it good") { try await project.imageID() != nil }
                try await agent.untilCurrent(digest: try await project.digest())
                // The image had another tag, of Stoker's own.
                #expect(project.builds == 1)
            }
        }

        @Test func `a tag that names another image now never hits`() async throws {
            try await withCurrentAgent { project, agent in
                try project.write("other/Dockerfile", project.dockerfile("LABEL other=1\n"))
                // The legacy builder does not survive that other tests remove images.
                let built = try await project.shell(
                    "DOCKER_BUILDKIT=1 DOCKER_HOST=\(TestEngine.host ?? "") \(project.client) build -q -t \(project.tag)-other other"
                )
                try #require(built.status == 0, "\(built.stderr)")
                let other = try await project.imageID("\(project.tag)-other")
                try #require(other != nil)
                for _ in 0..<5 {
                    try await untilItStands(project, agent)
                    try await project.docker("tag", "\(project.tag)-other", project.tag)
                    let answer = try await project.warm()
                    #expect(answer.imageID != other)
                    #expect(answer.digest == (try await project.digest()))
                }
                try await project.docker("rmi", "\(project.tag)-other")
            }
        }

        /// What happens while nobody hears it has to be looked for.
        @Test func `after a lost connection to the engine the agent looks again`() async throws {
            try await withCurrentAgent { project, agent in
                for _ in 0..<3 {
                    try await untilItStands(project, agent)
                    project.cutEngine()
                    try await project.docker("rmi", "--force", project.tag)
                    let answer = try await project.warm()
                    // The agent may have made it good by itself meanwhile.
                    #expect(try await project.imageID() == answer.imageID)
                }
            }
        }

        @Test func `a stopped agent that goes on knows of everything`() async throws {
            try await withCurrentAgent { project, agent in
                for round in 0..<5 {
                    try await untilItStands(project, agent)
                    agent.process.signal(SIGSTOP)
                    for index in 0..<50 { try project.write("new/\(round)/\(index)", "\(index)") }
                    try project.write("a", "round \(round)")
                    let digest = try await project.digest()
                    agent.process.signal(SIGCONT)
                    let answer = try await project.warm()
                    #expect(answer.digest == digest)
                    #expect(try await project.contentOfA() == "round \(round)")
                }
            }
        }

        @Test func `other bytes of the same size and time never hit`() async throws {
            try await withCurrentAgent { project, agent in
                for round in 0..<5 {
                    try await untilItStands(project, agent)
                    let outcome = try await project.shell(
                        "touch -r a ref; printf %s 'edit \(round)' >a; touch -r ref a; rm ref")
                    try #require(outcome.status == 0)
                    let answer = try await project.warm()
                    #expect(answer.digest == (try await project.digest()))
                    #expect(try await project.contentOfA() == "edit \(round)")
                }
            }
        }

        /// As many as fit into a test run; `STOKER_SAVES` asks for more.
        private static let saves =
            ProcessInfo.processInfo.environment["STOKER_SAVES"].flatMap { Int($0) } ?? 30

        /// An answer stands each time, which the save has to end before the question comes.
        @Test func `whoever saves and asks at once never gets a stale hit`() async throws {
            try await withCurrentAgent { project, agent in
                // The images of both are kept, so that no round waits for a build.
                let texts = ["edit 1", "edit 2"]
                var digests: [String] = []
                for text in texts {
                    try project.write("a", text)
                    digests.append(try await project.warm().digest)
                }
                try #require(digests[0] != digests[1])
                for round in 0..<Self.saves {
                    let (now, next) = (digests[(round + 1) % 2], digests[round % 2])
                    try await agent.process.until("had an answer that stands") {
                        ask(project)?.first?.digest == now
                    }
                    if round % 4 < 2 {
                        FileWriter.shared.write(texts[round % 2].utf8, to: project.path("a").utf8, .over)
                    } else {
                        try project.write("a", texts[round % 2])
                    }
                    if let answer = ask(project)?.first, answer.digest != next {
                        Issue.record("round \(round): a hit of \(answer.digest), not of \(next)")
                        return
                    }
                }
                #expect(try await project.digest() == digests[(Self.saves + 1) % 2])
            }
        }

        /// The watch of its folder does not hear of it.
        @Test func `what is written through another name elsewhere never hits`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let other = project.base + "/elsewhere"
                try #require(link(project.root + "/a", other) == 0)
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                for round in 0..<3 {
                    try await untilItStands(project, agent)
                    let outcome = try await project.shell("printf %s 'round \(round)' >\(other)")
                    try #require(outcome.status == 0)
                    let answer = try await project.warm()
                    #expect(answer.digest == (try await project.digest()))
                    #expect(try await project.contentOfA() == "round \(round)")
                }
            }
        }

        /// An agent that builds for ten minutes what an edit has just put out of date.
        private func agentInVainBuild(_ project: TestProject) async throws -> TestAgent {
            try project.writeSlowImage(seconds: "0")
            let agent = try await TestAgent(project)
            try await agent.untilCurrent(digest: try await project.digest())
            try project.write("seconds", "600")
            try await agent.untilImage("is building") { $0.state == .building }
            try project.write("seconds", "0.1")
            return agent
        }

        /// inotify tells nobody of what is written by a name that an input got outside of the watched folders after the
        /// last look (README, Limits). The next event of any input has to lead to a look that finds it.
        @Test func `what was written by a later name is found at the next event`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY a b /\n"))
                for name in ["a", "b"] { try project.write(name, "first") }
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try await untilItStands(project, agent)
                let other = project.base + "/later"
                try #require(link(project.path("a"), other) == 0)
                FileWriter.shared.write("later".utf8, to: other.utf8, .replacing)
                let digest = try await project.digest()
                withKnownIssue("an answer that stands is given again", isIntermittent: true) {
                    if let answer = ask(project)?.first { #expect(answer.digest == digest) }
                }
                try #require(try await project.shell("touch b").status == 0)
                #expect(try await project.warm().digest == digest)
            }
        }

        /// The first build is of the inputs before the edit, and nobody waits for it.
        @Test(arguments: TestEngine.clients)
        func `a build whose inputs have moved on is ended`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                let agent = try await agentInVainBuild(project)
                let digest = try await project.digest()
                // Long before the first build would have come to its end.
                try await agent.untilImage("built the later inputs", within: .seconds(120)) {
                    $0.state == .current && $0.digest == digest
                }
                #expect(agent.process.stderr.contains("as its inputs have changed"))
            }
        }

        @Test func `a question ends a build of inputs that nobody wants any more`() async throws {
            try await TestProject.with { project in
                _ = try await agentInVainBuild(project)
                let answer = try await project.start([TestEngine.program, "warm", "--json"])
                    .value(within: .seconds(120)).json(TestProject.WarmAnswer.self)
                #expect(answer.digest == (try await project.digest()))
            }
        }
    }
}
