import Glibc

/// What the system's databases say of users and groups; `nil` for those that they do not know.
enum UserDatabase {
    static func user(_ id: UInt32) -> (name: String, group: UInt32)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: bufferSize)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return (String(cString: entry.pw_name), entry.pw_gid)
    }

    /// - Returns: the members are those that the group's own entry names.
    static func group(_ id: UInt32) -> (name: String, members: [String])? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: bufferSize)
        guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        var members: [String] = []
        var next = entry.gr_mem
        while let name = next?.pointee {
            members.append(String(cString: name))
            next = next?.successor()
        }
        return (String(cString: entry.gr_name), members)
    }

    /// `the user eve (id 1001)`
    static func words(_ id: UInt32) -> String {
        user(id).map { "the user \($0.name.plain()) (id \(id))" } ?? "another user (id \(id))"
    }

    /// Large groups do not fit, and are then unknown.
    private static let bufferSize = 64 << 10
}
