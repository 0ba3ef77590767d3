extension String {
    /// Without control characters but for tabs; a line break becomes a space, unless it is to be kept. What a builder, an engine or
    /// another program says ends up in terminals and logs, and must not steer them.
    public func plain(keepingLineBreaks: Bool = false) -> String {
        // Nearly all text is plain already.
        let isSteering: (Unicode.Scalar) -> Bool = { scalar in
            scalar != "\t" && !(keepingLineBreaks && scalar == "\n")
                && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value))
        }
        guard unicodeScalars.contains(where: isSteering) else { return self }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.compactMap {
                    $0 == "\n" && !keepingLineBreaks ? " " : isSteering($0) ? nil : $0
                }))
    }
}
