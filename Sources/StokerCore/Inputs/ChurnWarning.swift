/// Files among the inputs that tools and test runs write by themselves: as long as they are, every run makes
/// the next `warm` a miss.
public struct ChurnWarning: Sendable, Equatable {
    /// The lines to add to the ignore file, each once, in byte order of their text; only those that name
    /// something that is there.
    public let ignoreLines: [String]
    /// For each line the first input that it would leave out.
    public let examples: [String: BytePath]

    /// Folders, by name. `.vscode`, `node_modules` and build outputs are not among them: people copy those
    /// into images on purpose, or they change only when someone changes them.
    static let folders: Set<String> = [
        ".git", ".hg", ".svn", ".jj", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache",
        ".hypothesis", ".tox", ".nox", ".ipynb_checkpoints", ".idea", ".nyc_output", "htmlcov",
    ]
    static let files: Set<String> = [".git", ".coverage", ".DS_Store", "Thumbs.db"]
    static let suffixes = [".pyc", ".pyo", ".swp"]
    static let prefixes = [".coverage."]
    /// A virtual environment has any name; this file in it tells. Python writes its caches into it.
    static let environmentMark = "pyvenv.cfg"

    /// Whether something of this name can lead to a warning: a quick look, for there are a hundred thousand
    /// names. `false` is certain; `true` may be too much.
    static func mayConcern(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = name.first, let last = name.last else { return false }
        if finals[Int(last)],
            suffixes.contains(where: {
                name.count >= $0.utf8.count && name.suffix($0.utf8.count).elementsEqual($0.utf8)
            })
        {
            return true
        }
        guard initials[Int(first)] else { return false }
        let text = String(decoding: name, as: UTF8.self)
        return folders.contains(text) || files.contains(text) || text == environmentMark
            || prefixes.contains { text.hasPrefix($0) }
    }

    private static let initials = table(
        (Array(folders) + Array(files) + prefixes + [environmentMark]).compactMap(\.utf8.first))
    private static let finals = table(suffixes.compactMap(\.utf8.last))

    /// For each byte whether it is one of these.
    private static func table(_ bytes: [UInt8]) -> [Bool] {
        (UInt8.min...UInt8.max).map { bytes.contains($0) }
    }

    /// - Parameter entries: In byte order of their paths.
    public init(_ entries: [InputEntry]) {
        var examples: [String: BytePath] = [:]
        var covered = ChurnWarning.environments(in: entries, &examples)
        var hasNestedGit = false
        for entry in entries {
            // Parents come before what is in them, so one look at the parent covers a whole tree.
            if let parent = entry.path.parent, !parent.isRoot, covered.contains(parent) {
                if entry.kind == .directory { covered.insert(entry.path) }
                continue
            }
            if covered.contains(entry.path) { continue }
            guard let line = ChurnWarning.line(for: entry) else { continue }
            if entry.kind == .directory { covered.insert(entry.path) }
            if line == "**/.git" { hasNestedGit = true }
            if examples[line] == nil { examples[line] = entry.path }
        }
        if hasNestedGit { examples[".git"] = nil }
        self.examples = examples
        ignoreLines = examples.keys.sorted { Array($0.utf8).precedesBytewise(Array($1.utf8)) }
    }

    private static func line(for entry: InputEntry) -> String? {
        guard let name = String(validating: entry.path.name, as: UTF8.self) else { return nil }
        if entry.kind == .directory {
            guard folders.contains(name) else { return nil }
        } else if let suffix = suffixes.first(where: { name.hasSuffix($0) }) {
            return "**/*\(suffix)"
        } else if let prefix = prefixes.first(where: { name.hasPrefix($0) }) {
            return "**/\(prefix)*"
        } else if !files.contains(name) {
            return nil
        }
        let isRootGit = name == ".git" && entry.path.parent == .root
        return isRootGit ? name : "**/\(name)"
    }

    /// The virtual environments' folders. They are named by their whole path, since their names are anyone's.
    private static func environments(
        in entries: [InputEntry], _ examples: inout [String: BytePath]
    ) -> Set<BytePath> {
        let mark = Array(environmentMark.utf8)
        var found: Set<BytePath> = []
        for entry in entries where entry.path.name.elementsEqual(mark) {
            guard let folder = entry.path.parent, !folder.isRoot,
                let text = String(validating: folder.bytes, as: UTF8.self), isPlain(text)
            else { continue }
            found.insert(folder)
            examples[text] = folder
        }
        return found
    }

    /// Whether a path can stand in an ignore file as it is.
    private static func isPlain(_ path: String) -> Bool {
        !path.utf8.contains { "*?[]\\!#^\n\r\t ".utf8.contains($0) }
    }
}
