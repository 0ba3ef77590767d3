import StokerCore
import Testing

/// Whether an ignore file of these lines leaves the path out.
func excludes(_ lines: [String], _ path: String) throws -> Bool {
    try matcher(lines).excludes(BytePath(path))
}

func matcher(_ lines: [String]) throws -> IgnoreMatcher {
    IgnoreMatcher(try IgnoreFile(Array(lines.joined(separator: "\n").utf8), name: ".dockerignore"))
}

struct Match: Sendable, CustomStringConvertible {
    let pattern: String
    let path: String
    let isExcluded: Bool

    init(_ pattern: String, _ path: String, _ isExcluded: Bool = true) {
        self.pattern = pattern
        self.path = path
        self.isExcluded = isExcluded
    }

    var description: String { "\(pattern) \(isExcluded ? "excludes" : "keeps") \(path)" }
}

@Suite struct IgnoreMatcherTests {
    /// The facts of moby/patternmatcher's TestMatches.
    @Test(arguments: [
        Match("**", "file"), Match("**/", "file"), Match("**", "dir/file"), Match("**/", "dir/file"),
        Match("**/**", "dir/file"), Match("dir/**", "dir/file"), Match("dir/**", "dir/dir2/file"),
        Match("**/dir", "dir"), Match("**/dir", "dir/file"), Match("**/dir2/*", "dir/dir2/file"),
        Match("**/dir2/**", "dir/dir2/dir3/file"), Match("**file", "file"), Match("**file", "dir/file"),
        Match("**/file", "dir/file"), Match("**file", "dir/dir/file"), Match("**/file", "dir/dir/file"),
        Match("**/file*", "dir/dir/file"), Match("**/file*", "dir/dir/file.txt"),
        Match("**/file*txt", "dir/dir/file.txt"), Match("**/file*.txt", "dir/dir/file.txt"),
        Match("**/file*.txt*", "dir/dir/file.txt"), Match("**/**/*.txt", "dir/dir/file.txt"),
        Match("**/**/*.txt2", "dir/dir/file.txt", false), Match("**/*.txt", "file.txt"),
        Match("**/**/*.txt", "file.txt"), Match("a**/*.txt", "a/file.txt"),
        Match("a**/*.txt", "a/dir/file.txt"), Match("a**/*.txt", "a/dir/dir/file.txt"),
        Match("a/*.txt", "a/dir/file.txt", false), Match("a/*.txt", "a/file.txt"),
        Match("a/*.txt**", "a/file.txt"), Match("a[b-d]e", "ae", false), Match("a[b-d]e", "ace"),
        Match("a[b-d]e", "aae", false), Match("a[^b-d]e", "aze"), Match(".*", ".foo"),
        Match(".*", "foo", false), Match("abc.def", "abcdef", false), Match("abc.def", "abc.def"),
        Match("abc.def", "abcZdef", false), Match("abc?def", "abcZdef"), Match("abc?def", "abcdef", false),
        Match("**/foo/bar", "foo/bar"), Match("**/foo/bar", "dir/foo/bar"),
        Match("**/foo/bar", "dir/dir2/foo/bar"), Match("abc/**", "abc", false), Match("abc/**", "abc/def"),
        Match("abc/**", "abc/def/ghi"), Match("**/.foo", ".foo"), Match("**/.foo", "bar.foo", false),
        Match("a(b)c/def", "a(b)c/def"), Match("a(b)c/def", "a(b)c/xyz", false),
        Match("a.|)$(}+{bc", "a.|)$(}+{bc"), Match("dist/*.whl", "dist/p.py-2.4.0rc3+g08-none-any.whl"),
        Match("a\\\\", "a\\"), Match("a\\*b", "a*b"),
    ])
    func mobysTableHolds(_ match: Match) throws {
        #expect(try excludes([match.pattern], match.path) == match.isExcluded)
    }

    /// A backslash before a letter is one of Go's regular expressions, as `src\bin` from Windows is; each row was run
    /// through moby/patternmatcher.
    @Test(arguments: [
        Match("src\\bin", "src/bin", false), Match("src\\bin", "srcbin", false),
        Match("src\\bin", "src\\bin", false),
        Match("a.\\bin", "a.in"), Match("a-\\b*", "a-b/c"), Match("a\\b*", "a", true),
        Match("a\\b*", "ab", false),
        Match("src\\Bin", "srcin"), Match("src\\Bin", "src/in", false), Match("\\Asrc", "src"),
        Match("s\\Arc", "src", false),
        Match("\\Asrc", "asrc", false), Match("src\\z", "src"), Match("src\\zip", "src/ip", false),
        Match("\\Qa.b", "a\\.b$c"),
        Match("\\Qa.b", "a.b", false), Match("\\Qab\\Ec", "abc"), Match("\\Qa*b", "axb", false),
        Match("\\x41b", "Ab"),
        Match("\\x41b", "x41b", false), Match("\\101", "A"), Match("\\0x", "\u{1}x", false),
        Match("\\_a", "_a"),
        Match("src\\dist", "src7ist"), Match("src\\**", "src*x"),
    ])
    func aBackslashIsWhatGoMakesOfIt(_ match: Match) throws {
        #expect(try excludes([match.pattern], match.path) == match.isExcluded)
    }

    /// The builders find these malformed when they look at the first file.
    @Test(arguments: [
        "src\\obj", "src\\lib", "a\\1", "a\\8", "a\\xg0", "a\\x4", "\\C", "\\E", "\\pa", "\\p{L}", "[\\b]",
    ])
    func aBackslashThatGoDoesNotKnowIsRefused(_ pattern: String) {
        #expect(throws: StokerError.self) { try matcher([pattern]) }
    }

    @Test func aFolderIsEnteredWhereABoundaryMayFollow() throws {
        let matcher = try matcher(["a", "!a/x\\B*", "b", "!b\\z/c"])
        #expect(matcher.canContainIncluded(directory: BytePath("a")))
        #expect(!matcher.excludes(BytePath("a/xy")))
        #expect(matcher.excludes(BytePath("b/c")))
    }

    /// The facts of Go's path/filepath match table, as moby/patternmatcher's TestMatch runs it.
    @Test(arguments: [
        Match("abc", "abc"), Match("*", "abc"), Match("*c", "abc"), Match("a*", "a"), Match("a*", "abc"),
        Match("a*", "ab/c"), Match("a*/b", "abc/b"), Match("a*/b", "a/c/b", false),
        Match("a*b*c*d*e*/f", "axbxcxdxe/f"), Match("a*b*c*d*e*/f", "axbxcxdxexxx/f"),
        Match("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false), Match("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
        Match("a*b?c*x", "abxbbxdbxebxczzx"), Match("a*b?c*x", "abxbbxdbxebxczzy", false),
        Match("ab[c]", "abc"), Match("ab[b-d]", "abc"), Match("ab[e-g]", "abc", false),
        Match("ab[^c]", "abc", false), Match("ab[^b-d]", "abc", false), Match("ab[^e-g]", "abc"),
        Match("a\\*b", "ab", false), Match("a?b", "a☺b"), Match("a[^a]b", "a☺b"),
        Match("a???b", "a☺b", false), Match("a[^a][^a][^a]b", "a☺b", false), Match("[a-ζ]*", "α"),
        Match("*[a-ζ]", "A", false), Match("a?b", "a/b", false), Match("a*b", "a/b", false),
        Match("[\\]a]", "]"), Match("[\\-]", "-"), Match("[x\\-]", "x"), Match("[x\\-]", "-"),
        Match("[x\\-]", "z", false), Match("[\\-x]", "x"), Match("[\\-x]", "-"),
        Match("[\\-x]", "a", false), Match("*x", "xxx"),
    ])
    func gosTableHolds(_ match: Match) throws {
        #expect(try excludes([match.pattern], match.path) == match.isExcluded)
    }

    /// What follows from the regular expressions that moby's `compile` writes.
    @Test(arguments: [
        Match("**foo", "barfoo"), Match("**foo*", "barfoo", false), Match("foo**", "foobar/x"),
        Match("[*]", "[/^]"), Match("[*]", "*", false), Match("[?]", "^]"), Match("[?]", "?", false),
        Match("^a*", "ab"), Match("a^b*", "a^b", false), Match("a^b", "a^b"),
        Match("a[^b]c", "a/c"), Match("**/x*", "a\nb/x", false), Match("*", "a\nb"), Match("?", "\n"),
        Match("x\\d", "x7"), Match("x\\d", "xd", false), Match("x\\_y*", "x_y"), Match("x\\ty*", "x\ty"),
        Match("[[:digit:]]", "5"), Match("[[:^digit:]]x", "5x", false), Match("[[:^digit:]]x", "ax"),
        Match("a***b", "a/c/xb"), Match("a***b", "axb"), Match("[!a]", "!"), Match("[+-0]x", "./x", false),
    ])
    func regularExpressionsShowThrough(_ match: Match) throws {
        #expect(try excludes([match.pattern], match.path) == match.isExcluded)
    }

    @Test(arguments: [
        (["**", "!util/docker/web"], "util/docker/web/foo", false),
        (["**", "!util/docker/web", "util/docker/web/foo"], "util/docker/web/foo", true),
        (["**", "!dist/*.whl"], "dist/p.whl", false),
        (["!fileutils.go", "*.go"], "fileutils.go", true),
        (["*.go", "!fileutils.go"], "fileutils.go", false),
        (["docs", "!docs/README.md"], "docs/README.md", false),
        (["docs/", "!docs/README.md"], "docs/README.md", false),
        (["docs/*", "!docs/README.md"], "docs/README.md", false),
        (["docs", "!docs/README.md"], "docs/x", true), (["*", "!src"], "src/a/b", false),
        (["*", "!src", "src/a"], "src/a/b", true), (["a", "!a/b", "a/b/c"], "a/b/c/d", true),
        (["a", "!a/b", "a/b/c"], "a/b/d", false), ([], "anything", false),
        // Here the walk and MatchesOrParentMatches differ; whichever lets the path in wins.
        (["a/b", "!a"], "a/b", false), (["a", "!a/b", "a"], "a/b", false),
    ])
    func theLastMatchDecides(_ lines: [String], _ path: String, _ isExcluded: Bool) throws {
        #expect(try excludes(lines, path) == isExcluded)
    }

    @Test(arguments: [
        "[", "[^", "[^bc", "a[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "\\", "a\\", "[z-a]", "[[:nope:]]",
        "\\q", "\\1", "!",
    ])
    func aMalformedPatternIsRefusedWithItsLine(_ pattern: String) throws {
        let error = #expect(throws: StokerError.self) { try matcher(["ok", "", pattern]) }
        #expect(error?.code == .badInput)
        #expect(error?.message == "cannot read line 3 of .dockerignore")
    }

    @Test func bytesThatAreNotUTF8AreOneRuneEach() throws {
        let file = try IgnoreFile([UInt8(ascii: "a"), UInt8(ascii: "?")], name: "i")
        #expect(IgnoreMatcher(file).excludes(BytePath(bytes: [0x61, 0xFF])))
        #expect(!IgnoreMatcher(file).excludes(BytePath(bytes: [0x61, 0xFF, 0xFE])))
        let glob = try IgnoreFile([0xFF, UInt8(ascii: "*")], name: "i")
        #expect(IgnoreMatcher(glob).excludes(BytePath(bytes: [0xFE, 0x78])))
    }

    /// What BuildKit sent as JSON is another name than the legacy builder's.
    @Test func aLiteralThatIsNotUTF8ExcludesNothingAndIncludesEitherWay() throws {
        let names: [[UInt8]] = [[0xE2, 0x80, 0x78], [0xEF, 0xBF, 0xBD, 0xEF, 0xBF, 0xBD, 0x78]]
        let line = names[0]
        for stars in ["", "**/"] {
            let exclusion = IgnoreMatcher(try IgnoreFile(Array(stars.utf8) + line, name: "i"))
            let exception = IgnoreMatcher(try IgnoreFile(Array("*\n!\(stars)".utf8) + line, name: "i"))
            for name in names {
                #expect(!exclusion.excludes(BytePath(bytes: name)))
                #expect(!exception.excludes(BytePath(bytes: name)))
            }
            #expect(exception.excludes(BytePath(bytes: [0xE2, 0x81, 0x78])))
        }
    }

    @Test func theDecidingLineIsNamed() throws {
        let matcher = try matcher(["# comment", "*.md", "", "!README.md", "docs"])
        #expect(matcher.explanation(BytePath("a.md")).pattern?.line == 2)
        #expect(matcher.explanation(BytePath("README.md")).pattern?.line == 4)
        #expect(matcher.explanation(BytePath("docs/x/README.md")).pattern?.line == 5)
        #expect(matcher.explanation(BytePath("src")).pattern == nil)
        #expect(!matcher.explanation(BytePath("README.md")).isExcluded)
    }
}
