import Glibc
@testable import StokerCore
import SystemPackage
import Testing

/// Ignore files whose patterns would keep a walk busy for minutes, had each line to be tried on each path.
///
/// Measured is the processor time of the thread. The limit is wide enough for a debug build; tried one by one, the
/// patterns of each case take ten times as long and more.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ExpensivePatternTests {
    private static let limit = 20.0

    /// The seconds that `body` keeps this thread busy.
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    private func matcher(_ lines: some Sequence<String>) throws -> IgnoreMatcher {
        IgnoreMatcher(try IgnoreFile(Array(lines.joined(separator: "\n").utf8), name: ".dockerignore"))
    }

    @Test func fiftyThousandExceptionsAreAskedOfThreeHundredFolders() throws {
        let taken = try seconds {
            let matcher = try matcher(["*"] + repeatElement("!**/z?", count: 50_000))
            for number in 0..<300 {
                #expect(matcher.canContainIncluded(directory: BytePath("folder-\(number)")))
                #expect(matcher.excludes(BytePath("folder-\(number)/file")))
                #expect(!matcher.excludes(BytePath("folder-\(number)/z1")))
            }
        }
        #expect(taken < Self.limit)
    }

    @Test func oneMebibyteOfOnePatternIsAskedOfTwoHundredFiles() throws {
        let taken = try seconds {
            let matcher = try matcher(repeatElement("*a?", count: 262_144))
            for number in 100..<300 {
                #expect(matcher.excludes(BytePath("file-\(number)-ab")))
                #expect(!matcher.excludes(BytePath("file-\(number)")))
            }
        }
        #expect(taken < Self.limit)
    }

    /// No two lines are the same, and each has wildcards at both of its ends.
    @Test func manyThousandDifferentPatternsAreAskedOfTwoHundredFiles() throws {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        var lines: [String] = []
        for first in letters {
            for second in letters {
                for third in letters { lines.append("*\(first)\(second)\(third)?") }
            }
        }
        let taken = try seconds {
            let matcher = try matcher(lines)
            for number in 100..<300 {
                #expect(matcher.excludes(BytePath("file-\(number)-abcd")))
                #expect(!matcher.excludes(BytePath("file-\(number)-ab")))
            }
        }
        #expect(taken < Self.limit)
    }

    /// A literal end alone does not tell them apart.
    @Test func manyThousandExceptionsThatLieBelowOneFolderAreAskedOfItsFolders() throws {
        let lines = ["**"] + (0..<50_000).map { "!data/*/\($0)/keep" } + ["data/old"]
        let taken = try seconds {
            let matcher = try matcher(lines)
            for number in 0..<300 {
                #expect(matcher.canContainIncluded(directory: BytePath("data/x\(number)/\(number)")))
                #expect(!matcher.canContainIncluded(directory: BytePath("data/old/x\(number)/y")))
                #expect(!matcher.excludes(BytePath("data/x\(number)/\(number)/keep")))
            }
        }
        #expect(taken < Self.limit)
    }

    @Test func fiftyThousandLiteralExceptionsAreAskedOfFolders() throws {
        let lines = ["**"] + (0..<50_000).map { "!data/\($0)/keep" } + ["data/*/x"]
        let taken = try seconds {
            let matcher = try matcher(lines)
            for number in 0..<3000 {
                #expect(matcher.canContainIncluded(directory: BytePath("data/\(number)")))
                #expect(!matcher.canContainIncluded(directory: BytePath("other/\(number)")))
            }
        }
        #expect(taken < Self.limit)
    }
}
