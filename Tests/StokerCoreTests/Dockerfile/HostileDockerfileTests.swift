import StokerCore
import TestSupport
import Testing

/// Dockerfiles made to exhaust time or memory; the bounds are loose, since machines are noisy.
struct HostileDockerfileTests {
    private static let million = 1_000_000

    static let files: [(String, @Sendable () -> String)] = [
        ("deep nesting", { "FROM a\nCOPY " + repeated("${a:-", 100_000).prefix(60_000) + " /z\n" }),
        (
            "doubling values",
            { "FROM a\nENV A=xxxxxxxx\n" + repeated("ENV A=$A$A\n", 60) + "COPY $A /z\n" }
        ),
        (
            "many values",
            { "FROM a\n" + repeated("ENV A=1\nARG A=2\nARG A=$A$A$A\n", 1_000) + "COPY $A$A /z\n" }
        ),
        (
            "endless continuation",
            { "FROM a\n" + repeated("\\\n", million / 4) + repeated("x\\\n", million / 4) }
        ),
        ("many instructions", { "FROM a\n" + repeated("RUN x\n", million / 4) }),
        ("many sources", { "FROM a\n" + (0..<20_000).map { "COPY x\($0) /z\n" }.joined() }),
        ("many stages", { repeated("FROM a AS x\nENV A=1\n", 10_000) }),
        (
            "a chain of stages",
            { (0..<20_000).map { "FROM \($0 == 0 ? "a" : "s\($0 - 1)") AS s\($0)\nENV V\($0)=1\n" }.joined() }
        ),
        ("a long line", { "FROM a\nRUN " + repeated("x", 10 * million) }),
        ("a large file", { "FROM a\n" + repeated(repeated("x", 1_000) + "\\\n", 16_000) }),
        ("open here-documents", { "FROM a\n" + repeated("RUN <<E\n", 50_000) }),
        (
            "many triggers",
            { "FROM a AS s\n" + repeated("ONBUILD COPY x /y\n", 1_000) + repeated("FROM s\n", 1_000) }
        ),
        (
            "large values",
            {
                "FROM a\nENV B=" + repeated("x", 60_000) + "\n"
                    + (0..<20_000).map { "ENV V\($0)=$B\n" }.joined()
            }
        ),
    ]

    private static func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    @Test(.timeLimit(.minutes(10)), arguments: files.indices)
    func aHostileFileEnds(_ index: Int) {
        let text = Self.files[index].1()
        for stages in [StageSelection.reached, .upToTarget] {
            _ = Reading.message(text, Reading.surroundings(stages: stages))
        }
    }

    @Test func whatIsNotFollowedWidens() throws {
        for index in 0..<2 { #expect(try Reading.paths(Self.files[index].1()) == ["ALL"]) }
        #expect(try Reading.paths(Self.files[5].1()) == ["ALL"])
    }

    private static let tokens = [
        "FROM ", "FROM a\n", "a", " AS s\n", "COPY ", "ADD ", "RUN ", "ENV ", "ARG ", "ONBUILD ", "--from=",
        "--mount=type=bind,source=", "--parents ", "--exclude=", "$", "${", "}", ":-", "#", "%", "/", "//",
        "*",
        "[", "]", "\"", "'", "\\", "\\\n", "`", "<<EOF", "\nEOF\n", "<<", "-", "=", ",", "..", ".", " ", "\n",
        "\r\n", "# escape=`\n", "# syntax=x\n", "TARGETARCH", "X", "0", "é", "\0", "\u{FEFF}",
        "[\"a\",\"b\"]",
    ]

    @Test(arguments: 0..<8)
    func randomTextNeverCrashes(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            var bytes = Array("FROM a\n".utf8)
            for _ in 0..<Int.random(in: 0..<40, using: &random) {
                if Int.random(in: 0..<12, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array((Self.tokens.randomElement(using: &random) ?? "").utf8)
                }
            }
            _ = try? DockerfileReading.read(bytes, name: "Dockerfile", in: Reading.surroundings())
            _ = try? DockerfileReading.read(
                Array(bytes.dropFirst(7)), name: "Dockerfile", in: Reading.surroundings(stages: .upToTarget))
        }
    }
}
