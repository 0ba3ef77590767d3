import StokerCore

/// A line of /proc/self/mountinfo; see proc_pid_mountinfo(5).
struct MountRecord {
    /// In digits.
    var number: ArraySlice<UInt8>
    /// Without the leading slash.
    var point: BytePath
    /// Whether it shows the file system from its root.
    var showsAll: Bool
    var type: String

    /// `nil` for a line of another form.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "))
        guard fields.count > 6, let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
            dash + 1 < fields.count
        else { return nil }
        number = fields[0]
        point = BytePath(bytes: Array(Self.unescaped(fields[4]).drop { $0 == UInt8(ascii: "/") }))
        showsAll = fields[3].elementsEqual("/".utf8)
        type = String(decoding: fields[dash + 1], as: UTF8.self)
    }

    /// The kernel writes blank, tab, newline and backslash as three octal digits.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                result.append(value)
                rest.removeFirst(3)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
