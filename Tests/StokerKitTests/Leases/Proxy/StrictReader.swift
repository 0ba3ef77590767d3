import Foundation

/// Reads requests as an engine does, line by line, with none of the proxy's code: a second opinion.
enum StrictReader {
    /// The bodies of creations in `bytes` that are objects without the label. Ends where it does not understand.
    static func unlabelled(in bytes: [UInt8]) -> [String] {
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        var found: [String] = []
        while let head = take(upTo: "\r\n\r\n", of: &rest) {
            let lines = head.split(separator: "\r\n" as String)
            let words = (lines.first ?? "").split(separator: " ")
            guard words.count == 3, words[2] == "HTTP/1.1" else { return found }
            var length = 0
            var isChunked = false
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { return found }
                let value = parts[1].filter { $0 != " " && $0 != "\t" }.lowercased()
                switch parts[0].lowercased() {
                case "content-length": length = Int(value) ?? 0
                case "transfer-encoding": isChunked = value == "chunked"
                case "upgrade": return found
                default: break
                }
            }
            var body = ""
            if isChunked {
                while let line = take(upTo: "\r\n", of: &rest) {
                    guard let size = Int(line.split(separator: ";")[0], radix: 16), rest.count >= size + 2
                    else {
                        return found
                    }
                    if size == 0 { break }
                    body += String(String.UnicodeScalarView(rest.prefix(size)))
                    rest = rest.dropFirst(size + 2)
                }
                while let line = take(upTo: "\r\n", of: &rest), !line.isEmpty {}
            } else {
                guard rest.count >= length else { return found }
                body = String(String.UnicodeScalarView(rest.prefix(length)))
                rest = rest.dropFirst(length)
            }
            let path = words[1].split(separator: "?")[0]
            let isCreation = ["/containers/create", "/v1.41/networks/create", "/volumes/create"].contains(
                path)
            let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            if words[0] == "POST", isCreation, object != nil, !body.contains(#""o":"1""#) {
                found.append(body)
            }
        }
        return found
    }

    private static func take(upTo end: String, of rest: inout String.UnicodeScalarView.SubSequence) -> String?
    {
        let end = Array(end.unicodeScalars)
        var place = rest.startIndex
        while place < rest.endIndex {
            if rest[place...].starts(with: end) {
                let taken = String(String.UnicodeScalarView(rest[..<place]))
                rest = rest[rest.index(place, offsetBy: end.count)...]
                return taken
            }
            place = rest.index(after: place)
        }
        return nil
    }
}
