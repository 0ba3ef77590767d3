import Glibc
import SystemPackage

// Names and values out of a cloned repository end up in terminals and logs; none of them may forge a line
// or a terminal sequence there.

extension FilePath {
    /// For people: as it is where that is safe to print on one line, else quoted as git quotes paths.
    var printable: String {
        withPlatformString { start in
            let bytes = UnsafeRawBufferPointer(start: start, count: strlen(start))
            return BytePath(bytes: Array(bytes)).description
        }
    }
}

extension String {
    /// Between double quotes, what cannot be seen escaped, and no longer than a line takes.
    var quoted: String {
        var text = "\""
        var length = 0
        for scalar in unicodeScalars {
            if length == 100 {
                text += "…"
                break
            }
            length += 1
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            default:
                if scalar.isInvisible {
                    text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text + "\""
    }
}

extension Unicode.Scalar {
    /// Whether nothing of it can be seen, or nobody knows what.
    var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: true
        default: false
        }
    }
}
