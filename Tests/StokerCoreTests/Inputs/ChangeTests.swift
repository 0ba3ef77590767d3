import StokerCore
import Testing

@Suite struct ChangeTests {
    func entries(_ paths: [String]) -> [InputEntry] {
        paths.map { path in
            path.hasSuffix("/")
                ? InputEntry(path: BytePath(path), kind: .directory, permissions: 0o755)
                : InputDigesterTests.file(path)
        }
        .sorted { $0.path < $1.path }
    }

    @Test func differencesAreFoundInOnePass() {
        let old = [
            InputDigesterTests.file("a"), InputDigesterTests.file("b"), InputDigesterTests.file("d"),
            InputDigesterTests.file("e"), InputDigesterTests.file("z"),
        ]
        let new = [
            InputDigesterTests.file("b"), InputDigesterTests.file("c"), InputDigesterTests.file("d", "new"),
            InputDigesterTests.file("e", mode: 0o755),
        ]
        #expect(
            InputChange.changes(from: old, to: new) == [
                InputChange(path: BytePath("a"), kind: .removed),
                InputChange(path: BytePath("c"), kind: .added),
                InputChange(path: BytePath("d"), kind: .changed),
                InputChange(path: BytePath("e"), kind: .changed),
                InputChange(path: BytePath("z"), kind: .removed),
            ])
        #expect(InputChange.changes(from: old, to: old).isEmpty)
        #expect(InputChange.changes(from: [], to: new).count == 4)
        #expect(InputChange.changes(from: old, to: []).count == 5)
    }

    @Test(
        arguments: [
            (["a", "src/"], []), ([".git/", ".git/HEAD"], [".git"]), ([".git"], [".git"]),
            (["sub/", "sub/.git"], ["**/.git"]), ([".git/", "sub/", "sub/.git"], ["**/.git"]),
            (["a/", "a/__pycache__/", "a/__pycache__/x.pyc"], ["**/__pycache__"]), (["a.pyc"], ["**/*.pyc"]),
            (
                [".pytest_cache/", ".coverage", ".coverage.host.1"],
                ["**/.coverage", "**/.coverage.*", "**/.pytest_cache"]
            ),
            (["env/", "env/pyvenv.cfg", "env/lib/", "env/lib/__pycache__/"], ["env"]),
            ([".git.txt", "x.git/", ".gitignore", ".coveragerc"], []), (["__pycache__"], []),
            (["my env/", "my env/pyvenv.cfg"], []), (["pyvenv.cfg"], []),
        ] as [([String], [String])])
    func filesThatToolsWriteAreNamedOnceWithTheLineToAdd(_ paths: [String], _ lines: [String]) throws {
        let warning = ChurnWarning(entries(paths))
        #expect(warning.ignoreLines == lines)
        for line in lines {
            let example = try #require(warning.examples[line])
            #expect(try matcher([line]).excludes(example))
        }
        // The lines do what they promise.
        let kept = try entries(paths).filter { try !matcher(lines).excludes($0.path) }
        #expect(ChurnWarning(kept).ignoreLines == [])
    }
}
