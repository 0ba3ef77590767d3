import Glibc
import StokerCore
import Testing

/// Generated files: four times as much may take about four times as long, and never sixteen times.
///
/// Measured is the processor time of the thread, which other load on the machine does not change much.
@Suite(.serialized, .timeLimit(.minutes(20))) struct GrowthTests {
    typealias Generator = @Sendable (Int) -> String

    private static func lines(_ count: Int, _ line: (Int) -> String) -> String {
        "FROM a\n" + (0..<count).map(line).joined(separator: "\n") + "\n"
    }

    private static func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    /// The text for a size, by name.
    static let dockerfiles: [(name: String, generate: Generator)] = [
        ("ENV", { lines($0) { "ENV E\($0)=v" } }),
        ("ARG", { lines($0) { "ARG A\($0)=v" } }),
        ("ENV of the one before", { lines($0) { "ENV E\($0)=$E\($0 - 1)" } }),
        ("LABEL", { lines($0) { "LABEL l\($0)=v" } }),
        ("RUN", { lines($0) { "RUN --mount=type=bind,source=s\($0),target=/t x" } }),
        ("COPY", { lines($0) { "COPY s\($0) /z" } }),
        ("COPY --from", { "FROM a AS s\n" + lines($0) { "COPY --from=s s\($0) /z" } }),
        ("stages", { (0..<$0).map { "FROM \($0 == 0 ? "a" : "s\($0 - 1)") AS s\($0)\nARG V=1\n" }.joined() }),
        ("ONBUILD", { "FROM a AS s\n" + repeated("ONBUILD COPY x /z\n", $0) + "FROM s\n" }),
        ("here-documents", { lines($0) { "RUN <<E\($0)\nx\nE\($0)" } }),
        (
            "here-documents of one line",
            { count in
                "FROM a\nRUN x" + (0..<count).map { " <<E\($0)" }.joined() + "\n"
                    + (0..<count).map { "E\($0)\n" }.joined()
            }
        ),
        ("here-documents that differ", { lines($0) { "RUN cat << E\($0)\nx\nE\($0)" } }),
        ("continuations", { "FROM a\nRUN x \\\n" + repeated("y \\\n", $0) + "z\n" }),
        ("comments in continuations", { "FROM a\nRUN x \\\n" + repeated("# y\n", $0) + "z\n" }),
        ("one line of sources", { "FROM a\nCOPY " + (0..<$0).map { "s\($0) \\\n" }.joined() + "/z\n" }),
        (
            "sources and excludes",
            { count in
                "FROM a\nCOPY " + (0..<count / 2).map { "--exclude=e\($0) \\\n" }.joined()
                    + (0..<count / 2).map { "s\($0) \\\n" }.joined() + "/z\n"
            }
        ),
        ("an array", { "FROM a\nCOPY [" + (0..<$0).map { "\"s\($0)\", \\\n" }.joined() + "\"/z\"]\n" }),
        (
            "nested substitutions",
            { lines($0 / 8) { _ in "ENV A=" + repeated("${B:-", 30) + repeated("}", 30) } }
        ),
        (
            "patterns of long values",
            { count in
                "FROM a\nENV B=" + repeated("ab", 2_000) + "\n"
                    + repeated("ENV C=${B#" + repeated("*a*b", 24) + "c}\n", count / 8)
            }
        ),
        (
            "replacements in long values",
            { count in
                "FROM a\nENV B=" + repeated("a", 3_000) + "\n"
                    + repeated("ENV C=${B//aaaaaaaaab/c}\n", count / 8)
            }
        ),
        ("doubling values", { "FROM a\nENV A=x\n" + repeated("ENV A=$A$A\nENV B=$A\n", $0 / 2) }),
        ("wildcards", { lines($0) { "COPY \(repeated("*a", 10))\($0) /z" } }),
        ("values of several kinds", { lines($0 / 4) { "ENV A\($0)=1\nARG A\($0)=2\nCOPY $A\($0) /z" } }),
    ]

    static let ignoreFiles: [(name: String, generate: Generator)] = [
        ("exceptions in turns", { repeated("!a\nb\n", $0) }),
        ("exceptions below", { (0..<$0).map { "a\($0)\n!a\($0)/b\n" }.joined() }),
        ("names at any depth", { (0..<$0).map { "**/n\($0)\n" }.joined() }),
        ("wildcards", { repeated(repeated("*a", 10) + "b\n", $0 / 4) }),
        ("any folders", { repeated(repeated("**/", 8) + "b?\n", $0 / 4) }),
        ("escapes", { repeated("src\\bin\\Bx\\x41\n", $0 / 2) }),
        ("classes", { repeated("[a-z][^b]\n", $0) }),
    ]

    private static func seconds(_ body: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return (0..<2).map { _ in
            let start = now()
            body()
            return now() - start
        }.min() ?? 0
    }

    private func expectLinear(_ name: String, _ generate: Generator, _ read: ([UInt8]) -> Void) {
        let small = Array(generate(1_500).utf8)
        let large = Array(generate(6_000).utf8)
        let before = Self.seconds { read(small) }
        let after = Self.seconds { read(large) }
        // What takes no time at all says nothing.
        #expect(after < max(before, 0.02) * 10, "\(name): \(before) s, then \(after) s")
    }

    @Test(arguments: dockerfiles.indices)
    func aDockerfileIsReadInTimeOfItsLength(_ index: Int) {
        let file = Self.dockerfiles[index]
        expectLinear(file.name, file.generate) { bytes in
            _ = try? DockerfileReading.read(
                bytes, name: "Dockerfile", in: Reading.surroundings(stages: .upToTarget))
        }
    }

    @Test(arguments: ignoreFiles.indices)
    func anIgnoreFileIsReadInTimeOfItsLength(_ index: Int) {
        let file = Self.ignoreFiles[index]
        let paths = ["a", "a/b", "b", "src/bin", "n7", "x/y/n8", "aaaaaaaab"].map(BytePath.init(_:))
        expectLinear(file.name, file.generate) { bytes in
            guard let file = try? IgnoreFile(bytes, name: "i") else { return }
            let matcher = IgnoreMatcher(file)
            for path in paths { _ = matcher.excludes(path) }
        }
    }
}
