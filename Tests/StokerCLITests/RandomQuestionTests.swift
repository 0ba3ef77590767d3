import Foundation
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// Whatever people and tools do to a tree, what the agent answers right after it is what a cold look finds.
    @Suite struct RandomQuestionTests {
        /// As many as fit into a test run, and where they begin; the environment asks for others.
        private static let environment = ProcessInfo.processInfo.environment
        private static let rounds = environment["STOKER_QUESTIONS"].flatMap { Int($0) } ?? 25
        private static let seed = environment["STOKER_SEED"].flatMap { UInt64($0) } ?? 7

        /// On random folders `one` and `other` below `src`, and random names.
        private static let operations = [
            "mkdir -p $one/$name/$more && echo $more >$one/$name/$more/f",
            "echo $RANDOM >$one/$name 2>/dev/null",
            "printf %s $more >>$one/f",
            "mv -T $one $other/$name 2>/dev/null",
            "mv $one/* $other/ 2>/dev/null",
            "rm -rf $one/$name",
            "rm -rf ../out/$more; mv -T $one/$name ../out/$more 2>/dev/null",
            "mv -T ../out/* $one/$name 2>/dev/null",
            "ln $one/f $other/$name 2>/dev/null",
            "ln -s $more $one/$name 2>/dev/null",
            "echo $RANDOM >$one/.new && mv -T $one/.new $one/f 2>/dev/null",
            "chmod 700 $one; chmod 600 $one/f 2>/dev/null; chmod 755 $other",
            "touch -r ../stoker.yaml $one/f 2>/dev/null",
            "mkdir -p $one/many && for i in $(seq 300); do echo $i >$one/many/$i; done",
            "rm -rf $one/many",
        ]

        @Test func `after any history the answer is that of a cold look`() async throws {
            var random = SeededGenerator(seed: Self.seed)
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY src /src\n"))
                try project.write("stoker.yaml", "image: {}\n")
                for name in ["src/a/f", "src/b/f", "src/a/c/f", "out/f"] { try project.write(name, name) }
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                for round in 0..<Self.rounds {
                    let picks = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                        let numbers = (0..<4).map { _ in Int.random(in: 1...99, using: &random) }
                        return """
                            all=$(find src -type d | sort); count=$(echo "$all" | wc -l)
                            one=$(echo "$all" | sed -n $((\(numbers[0]) % count + 1))p)
                            other=$(echo "$all" | sed -n $((\(numbers[1]) % count + 1))p)
                            name=n$((\(numbers[2]) % 5)); more=m$((\(numbers[3]) % 5))
                            (\(Self.operations.randomElement(using: &random) ?? "true")); mkdir -p src/a
                            """
                    }
                    _ = try await project.shell("mkdir -p ../out\n" + picks.joined(separator: "\n"))
                    let answer = try await project.warm()
                    let cold = try await project.digest()
                    guard answer.digest == cold else {
                        Issue.record("round \(round): \(answer.digest), not \(cold)\n\(picks)")
                        return
                    }
                    let told = try await project.stoker("inputs", "--digest").stdout
                    #expect(told == cold + "\n")
                }
            }
        }

        @Test func `checkouts between distant commits are answered for what they leave`() async throws {
            var random = SeededGenerator(seed: Self.seed)
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY . /src\n"))
                try project.write(".dockerignore", ".git\n")
                let made = try await project.shell(
                    """
                    set -e
                    export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
                    git init -q . && git config user.email a@example.org && git config user.name a
                    printf '%s\\n' .docker_test_cache.json .docker_build.lock >.gitignore
                    for commit in 1 2 3 4 5; do
                      rm -rf d*; for i in $(seq $((commit * 40))); do
                        mkdir -p d$((i % commit))/e$((i % 7)); echo $commit $((i / 3)) >d$((i % commit))/e$((i % 7))/f$i
                      done
                      git add -A && git commit -q -m $commit && git tag c$commit
                    done
                    """)
                try #require(made.status == 0, "\(made.stderr)")
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                for _ in 0..<Self.rounds / 2 {
                    let commit = Int.random(in: 1...5, using: &random)
                    let outcome = try await project.shell("git checkout -q c\(commit)")
                    try #require(outcome.status == 0, "\(outcome.stderr)")
                    #expect(try await project.warm().digest == (try await project.digest()))
                }
            }
        }
    }
}
