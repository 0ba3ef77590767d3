import Foundation
import StokerCore
import SystemPackage
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// Kills at the system calls that change something, from the first look to the end of a `warm`.
    ///
    /// The program KillAtCall counts and kills; it needs leave to trace, and says so where it has none.
    @Suite(.timeLimit(.minutes(120))) struct KillAtCallTests {
        /// `STOKER_KILL_STEP=1` kills at each call, and with and without the programs that `warm` has started.
        private static let step =
            ProcessInfo.processInfo.environment["STOKER_KILL_STEP"].flatMap { Int($0) }.map { max(1, $0) }
        /// How many kills fit into a test run.
        private static let fewKills = 6

        /// Each client, and images that are kept as well as those that are not: one that is kept is found by
        /// its kept tag, and one that is not has to be built again.
        private static let cases: [(client: String, keep: Int)] = {
            let all = TestEngine.clients.flatMap { client in [5, 0].map { (client, $0) } }
            return step == nil ? [all.first, all.last].compactMap(\.self) : all
        }()

        @Test(arguments: cases)
        func `whatever call a warm is killed at, the next one is right`(
            client: String, keep: Int
        ) async throws {
            try await TestProject.with(client: client) { project in
                try project.write("stoker.yaml", "image: {keep: \(keep)}\n")
                try project.writeSmallImage()
                _ = try await project.warm("--no-agent")
                var scene = KillScene(project)
                let whole = try await scene.run(killingAt: 0)
                let calls = try #require(whole.calls, "\(whole)")
                // An edit, a look, a copy, a build, two tags, a record; far fewer would mean that it looks elsewhere.
                #expect(calls > 40)
                let step = Self.step ?? max(1, calls / Self.fewKills)
                var kills = 0
                // There may be more of them than last time: until one run is at its end before its kill.
                for call in stride(from: step, to: calls * 3, by: step) {
                    let isOver = try await scene.expectRight(
                        afterKillAt: kills.isMultiple(of: 2) ? call : -call)
                    if isOver { break }
                    kills += 1
                    if Self.step == 1 { try await scene.expectRight(afterKillAt: -call) }
                }
                #expect(kills >= min(Self.fewKills, calls / step) - 1)
                // What has outlived its `warm` may still tag what it built.
                try await project.untilNobodyIsLeft()
                try await scene.expectNothingLeft()
            }
        }
    }
}

/// A project whose `warm` is killed again and again.
private struct KillScene {
    let project: TestProject
    private let log: String
    private var round = 0
    /// What was in `a`, by the digest of the inputs.
    private var texts: [String: String] = [:]
    private var lastRecord: CacheRecord?

    struct Run: CustomStringConvertible {
        var status: Int32
        /// `killed renameat .stoker-tmp-…` or `counted 110`.
        var story: String
        var errors: String
        var calls: Int? { story.hasPrefix("counted ") ? Int(story.dropFirst("counted ".count)) : nil }
        var isKilled: Bool { story.hasPrefix("killed ") }
        var description: String { "\(story), status \(status): \(errors)" }
    }

    init(_ project: TestProject) {
        self.project = project
        log = project.base + "/out/calls"
    }

    /// Edits an input, warms, and kills at a call; 0 for none, and negative together with what `warm` has started.
    mutating func run(killingAt call: Int) async throws -> Run {
        round += 1
        let text = "round \(round)"
        try project.write("a", text)
        texts[try await project.digest()] = text
        let outcome = try await project.start(
            [
                TestEngine.programFolder + "/KillAtCall", "\(call)", log, TestEngine.program, "warm",
                "--no-agent",
                "--json",
            ]
        ).value(within: .seconds(600))
        let story = project.text(log).trimmingCharacters(in: .whitespacesAndNewlines)
        return Run(status: outcome.status, story: story, errors: outcome.stderr)
    }

    /// - Returns: whether the run had ended before that call.
    @discardableResult
    mutating func expectRight(afterKillAt call: Int) async throws -> Bool {
        let run = try await run(killingAt: call)
        let place: Comment = "call \(call): \(run)"
        try #require(run.isKilled ? run.status == 137 : run.status == 0 && run.calls != nil, place)
        try await expectRightRecord(place)
        let left = try await temporaryTags()
        let digest = try await project.digest()
        // It waits for nobody: whoever was killed holds no lock.
        let next = try await project.stoker("warm", "--no-agent", "--timeout", "0", "--json")
        try #require(next.status == 0, "\(place)\n\(next.stderr)")
        let answer = try next.json(TestProject.WarmAnswer.self)
        #expect(answer.digest == digest, place)
        #expect(texts[answer.digest] == "round \(round)", place)
        #expect(try await project.contentOfA() == "round \(round)", place)
        #expect(try await project.imageID() == answer.imageID, place)
        let record = try #require(CacheRecordFile(FilePath(project.record)).read().record, place)
        #expect(record.stoker?.imageID == answer.imageID && record.stoker?.digest == digest, place)
        // A hit takes no lock, and leaves the file of one who was killed right before its removal.
        #expect(answer.outcome == "hit" || !project.exists(project.lock), place)
        lastRecord = record
        if answer.outcome == "built" {
            // Not those that a client has put meanwhile which outlived its `warm`.
            #expect(try await temporaryTags().isDisjoint(with: left), place)
            #expect(!project.exists(".stoker-tmp-.docker_test_cache.json"), place)
        }
        return !run.isKilled
    }

    /// The record is the old one or a new one, whole, and the image that it names is that of its inputs.
    private func expectRightRecord(_ place: Comment) async throws {
        let content = CacheRecordFile(FilePath(project.record)).read()
        let record = try #require(content.record, "\(place)\n\(content)")
        if record == lastRecord { return }
        let proof = try #require(record.stoker, place)
        let text = try #require(texts[proof.digest], place)
        #expect(try await project.contentOfA(proof.imageID) == text, place)
        #expect("sha256:" + record.buildHash == proof.digest, place)
        #expect(proof.imageID.hasPrefix("sha256:" + record.imageID), place)
    }

    /// The next build clears away what all the kills have left.
    func expectNothingLeft() async throws {
        // The engine may be about to tag what it has built for a client that is gone: then it is the one after that.
        for attempt in 1...5 {
            try project.write("a", "last \(attempt)")
            #expect(try await project.warm("--no-agent").outcome == "built")
            if try await temporaryTags().isEmpty { break }
        }
        #expect(try await temporaryTags().isEmpty)
        #expect(try await project.contentOfA() == project.text("a"))
        let names = try FileManager.default.contentsOfDirectory(atPath: project.root).sorted()
        #expect(names == [".docker_test_cache.json", "Dockerfile", "a", "stoker.yaml"])
    }

    private func temporaryTags() async throws -> Set<String> {
        let images = try await project.docker(
            "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter",
            "label=dev.stoker.test=\(project.id)",
            "--filter", "reference=stoker-build")
        return Set(images.stdout.split(separator: "\n").map(String.init))
    }
}
