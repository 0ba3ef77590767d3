import Foundation
import Testing

/// Made ready when the first test asks, once a process; other processes wait for the same build.
let image = Result { try output("stoker", "warm") }

@Suite struct SuiteTests {
    @Test func `it greets`() throws {
        let (image, name) = (try image.get(), try output("stoker", "name", "greets"))
        defer { _ = try? output("docker", "rm", "--force", "--volumes", name) }
        let run = ["docker", "run", "--detach", "--network", "none", "--name", name, image, "sleep", "600"]
        try output(run)
        let greeting = try output("docker", "exec", name, "cat", "/greeting")
        #expect(greeting == "Hello.")
    }
}

/// What a program on the PATH prints; its standard error is the test's own.
@discardableResult
func output(_ words: [String]) throws -> String {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(words) failed")
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
}

func output(_ words: String...) throws -> String { try output(words) }
