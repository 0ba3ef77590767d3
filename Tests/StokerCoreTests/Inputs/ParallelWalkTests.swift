import Foundation
import Glibc
@testable import StokerCore
import Synchronization
import SystemPackage
import Testing

/// A tree that is large enough for several workers.
@Suite struct ParallelWalkTests {
    let tree = ScratchTree()

    /// Names that sort differently by themselves and within whole paths.
    private func fill() -> [String] {
        var paths: [String] = []
        for first in ["a", "a-b", "a.b", "a0", "B", "ü"] {
            tree.folder(first)
            paths.append(first)
            for second in 0..<12 {
                let folder = "\(first)/d\(second)"
                tree.folder(folder)
                paths.append(folder)
                for file in ["x", "x-y", "x.y", "y", "\(second)", "z\(second)"] + (0..<20).map({ "f\($0)" }) {
                    tree.write("\(folder)/\(file)", file)
                    paths.append("\(folder)/\(file)")
                }
            }
        }
        return Array(Set(paths)).sorted { Array($0.utf8).precedesBytewise(Array($1.utf8)) }
    }

    @Test func aLargeTreeComesInByteOrderEachTime() throws {
        let expected = fill()
        #expect(expected.count > 3 * WalkCrew.smallTree)
        for _ in 0..<20 { #expect(try tree.walk() == expected) }
    }

    @Test func largeAndSmallWalksAgreeAboutWhatIsLeftOut() throws {
        let all = fill()
        let lines = ["a", "!a/d3/x", "**/f1*", "ü/d1"]
        let matcher = try matcher(lines)
        let expected = all.filter { !matcher.excludes(BytePath($0)) } + ["a", "a/d3"]
        #expect(
            try tree.walk(lines)
                == Set(expected).sorted { Array($0.utf8).precedesBytewise(Array($1.utf8)) })
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func ofSeveralFailuresTheFirstInByteOrderIsTold() throws {
        _ = fill()
        for folder in ["ü/d7", "a0/d2", "a0/d11", "a-b/d5", "B/d9"] {
            chmod(tree.path(folder).string, 0)
        }
        for _ in 0..<20 {
            let error = #expect(throws: StokerError.self) { try tree.walk() }
            #expect(error?.message.contains("B/d9") == true)
        }
    }

    @Test func theInputsOfALargeTreeAreTheSameWithAndWithoutAnIndex() throws {
        _ = fill()
        tree.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        usleep(70_000)
        var index = StatIndex()
        let cold = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
        #expect(index.count == cold.entries.count { $0.size >= 0 && $0.kind != .directory })
        #expect(index.isChanged)
        index.isChanged = false
        let warm = try InputScanner.scan(InputPlan(image: tree.image()), index: &index)
        #expect(warm.entries == cold.entries)
        #expect(warm.digest == cold.digest)
        #expect(!index.isChanged)
        #expect(
            cold.digest
                == InputDigester.digest(
                    image: tree.image(), dockerfile: cold.dockerfile, ignoreFiles: [:],
                    entries: cold.entries))
    }

    @Test func aDeepTreeCanBeLetGoOnASmallStack() async throws {
        var folder = open(tree.root.string, O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<6000 {
            #expect(mkdirat(folder, "d", 0o755) == 0)
            let next = openat(folder, "d", O_DIRECTORY | O_CLOEXEC)
            close(folder)
            folder = next
        }
        close(folder)
        let root = tree.root
        let count = Mutex(-1)
        let end = DispatchSemaphore(value: 0)
        let thread = Thread {
            let entries = try? ContextWalk(root: root).entries()
            count.withLock { $0 = entries?.count ?? -1 }
            end.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        await withCheckedContinuation { waiting in
            DispatchQueue.global().async {
                end.wait()
                waiting.resume()
            }
        }
        #expect(count.withLock { $0 } == 6000)
    }

    @Test func namesThatWarnNobodyAreLookedAtQuickly() {
        func mayConcern(_ name: String) -> Bool {
            Array(name.utf8).withUnsafeBufferPointer { ChurnWarning.mayConcern($0) }
        }
        for name in [".git", "__pycache__", "a.pyc", "x.swp", ".coverage", ".coverage.host", "pyvenv.cfg"] {
            #expect(mayConcern(name), "\(name)")
        }
        for name in ["Dockerfile", "a.py", ".gitignore", "", "pyc", "git", "_x"] {
            #expect(!mayConcern(name), "\(name)")
        }
    }
}
