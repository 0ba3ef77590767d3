import Glibc
import SystemPackage

/// Opens directories below a root one component at a time, so that neither the length of a path nor a link
/// on the way matters.
struct DirectoryCursor {
    /// Stays open by the caller's care.
    let root: Int32

    /// - Throws: `InputsMoved` when a component is missing, or no directory any more; `SystemCallError`.
    func open(_ path: BytePath) throws -> OpenFile {
        var current = try step(".", in: root, path)
        for component in path.components { current = try step(component, in: current.descriptor, path) }
        return current
    }

    private func step(_ name: ArraySlice<UInt8>, in directory: Int32, _ path: BytePath) throws -> OpenFile {
        try withTerminated(name) { name in
            do throws(SystemCallError) {
                return try OpenFile.open(
                    name, in: directory, flags: O_RDONLY | O_DIRECTORY, path: path.description)
            } catch {
                switch error.errno {
                case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
                    throw InputsMoved(path: path)
                default: throw error
                }
            }
        }
    }

    private func step(_ name: String, in directory: Int32, _ path: BytePath) throws -> OpenFile {
        try step(Array(name.utf8)[...], in: directory, path)
    }
}
