extension String {
    /// Without control characters but for tabs, and without those that turn the direction of text; a line break becomes
    /// a space, unless it is to be kept. What a builder, an engine, a file or another program says ends up in terminals
    /// and logs, and must not steer them.
    public func plain(keepingLineBreaks: Bool = false) -> String {
        func isKept(_ scalar: Unicode.Scalar) -> Bool {
            !scalar.steersOutput || scalar == "\t" || keepingLineBreaks && scalar == "\n"
        }
        // Nearly all text is plain already.
        if unicodeScalars.allSatisfy(isKept) { return self }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.compactMap { scalar in
                    if isKept(scalar) { return scalar }
                    return scalar == "\n" ? " " : nil
                }))
    }
}

extension Unicode.Scalar {
    /// Whether it moves the cursor, begins a terminal's sequence, breaks a line or turns the direction of what follows.
    var steersOutput: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F: true
        // Line and paragraph separator; marks, embeddings, overrides and isolates of a direction.
        case 0x2028, 0x2029, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
