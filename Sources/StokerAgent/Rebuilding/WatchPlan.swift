import Glibc
import StokerCore
import SystemPackage

/// Which folders have to be watched for a project, and what a change in one of them means.
struct WatchPlan: Sendable, Equatable {
    /// The inputs of one image in one tree.
    struct ImageScope: Sendable, Equatable {
        var image: String
        var scope: InputScope
    }

    /// One watched tree.
    struct Root: Sendable, Equatable {
        /// Free of symbolic links.
        var path: FilePath
        /// The inputs in it, by image; without any, the folder alone is watched, not what is below it.
        var scopes: [ImageScope]
        /// Files right in it that decide over the plan itself.
        var deciding: Set<BytePath> = []
        /// Records right in it, with the images that they are of.
        var records: [BytePath: Set<String>] = [:]

        func canHoldInput(_ directory: BytePath) -> Bool {
            scopes.contains { $0.scope.canHoldInput(directory: directory) }
        }

        /// The images that a change of `path` concerns.
        func images(concernedBy path: BytePath) -> [String] {
            scopes.filter { $0.scope.isInput(path: path) || $0.scope.canHoldInput(directory: path) }.map(
                \.image)
        }

        /// Whether a link has come into being on the way to an input, so that inputs lie elsewhere now.
        func leadsElsewhere(_ changed: BytePath) -> Bool {
            guard scopes.contains(where: { $0.scope.followsLinks(at: changed) }) else { return false }
            let names = path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
            var status = stat()
            return lstat(names + [0x2F] + changed.bytes.map(CChar.init(bitPattern:)) + [0], &status) == 0
                && FileStatus(status).kind == .symbolicLink
        }
    }

    private(set) var roots: [FilePath: Root] = [:]
    /// Where a folder of the configuration was found. Links on the way to it send no event when they are bent.
    private var places: [FilePath: FilePath] = [:]
    private var decidingFiles: Set<FilePath> = []

    /// - Parameter images: an image whose Dockerfile or ignore file cannot be read has no plan; its context
    ///   is watched nevertheless, since the file may come back.
    init(project: FilePath, images: [(settings: ImageSettings, plan: InputPlan?)]) {
        addDeciding(project.appending(ProjectLocator.fileName))
        for (settings, plan) in images {
            if let name = settings.record.lastComponent {
                withRoot(settings.record.removingLastComponent()) {
                    $0.records[BytePath(name.string), default: []].insert(settings.name)
                }
            }
            if let plan {
                for scope in [plan.main] + plan.contexts.sorted(by: { $0.key < $1.key }).map(\.value) {
                    add(scope, of: settings.name)
                }
                plan.decidingFiles.forEach { addDeciding($0) }
            } else {
                for file in settings.dockerfileCandidates {
                    addDeciding(file)
                    IgnoreFile.places(dockerfile: file, context: settings.context).forEach { addDeciding($0) }
                }
            }
        }
    }

    private mutating func add(_ scope: InputScope, of image: String) {
        withRoot(scope.root) { $0.scopes.append(ImageScope(image: image, scope: scope.forWatching())) }
    }

    private mutating func addDeciding(_ file: FilePath) {
        guard let name = file.lastComponent else { return }
        decidingFiles.insert(file)
        withRoot(file.removingLastComponent()) { $0.deciding.insert(BytePath(name.string)) }
    }

    private mutating func withRoot(_ folder: FilePath, _ change: (inout Root) -> Void) {
        let path = WatchPlan.resolved(folder)
        places[folder] = path
        change(&roots[path, default: Root(path: path, scopes: [])])
    }

    /// The root of the watch of a folder of the configuration.
    func place(of folder: FilePath) -> FilePath? { places[folder] }

    /// Whether each folder is still where it was found.
    var isInPlace: Bool { places.allSatisfy { WatchPlan.resolved($0) == $1 } }

    /// Whether a change of what decides over the plan can go unheard: through a link, or another name.
    var hasHiddenDecisions: Bool {
        decidingFiles.contains { file in
            guard let status = try? FileStatus.of(file.string) else { return false }
            return status.kind == .symbolicLink || status.links > 1 && status.kind == .file
        }
    }

    /// The watch takes no symbolic link for a folder; a path that does not exist stays as it is.
    private static func resolved(_ path: FilePath) -> FilePath {
        guard let real = realpath(path.string, nil) else { return path }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
