import CLinux
import Glibc
import StokerCore

extension ExtendedAttributes {
    /// Gives them to an open file or folder.
    ///
    /// - Parameters:
    ///   - path: For people.
    ///   - setMode: Is called in between: afterwards the right to set some may be gone, and a mode that comes
    ///     after an access list would change it.
    func set(on descriptor: Int32, _ path: BytePath, setMode: () throws -> Void) throws {
        for attribute in attributes where !attribute.isAccessList { try set(attribute, descriptor, path) }
        try setMode()
        for attribute in attributes where attribute.isAccessList { try set(attribute, descriptor, path) }
    }

    private func set(_ attribute: Attribute, _ descriptor: Int32, _ path: BytePath) throws {
        let result = withTerminated(attribute.name) {
            fsetxattr(descriptor, $0, attribute.value, attribute.value.count, 0)
        }
        guard result == 0 else {
            let name = BytePath(bytes: attribute.name)
            throw StokerError(
                .cannotWrite, "cannot copy the extended attribute \(name) of \(path)",
                cause: String(cString: strerror(errno)),
                nextStep:
                    "remove it (setfattr -x \(name)), or name a folder in XDG_CACHE_HOME whose file system "
                    + "keeps such attributes")
        }
    }

    /// Takes all that would count from an open file or folder.
    static func remove(from descriptor: Int32, _ path: BytePath) throws {
        let found: ExtendedAttributes
        do {
            found = try ExtendedAttributes(of: descriptor, path: path.description)
        } catch { throw error.stokerError(.cannotWrite) }
        for attribute in found.attributes {
            let result = withTerminated(attribute.name) { fremovexattr(descriptor, $0) }
            guard result == 0 || errno == ENODATA else {
                throw SystemCallError.last("remove an attribute of", path.description)
                    .stokerError(.cannotWrite)
            }
        }
    }
}
