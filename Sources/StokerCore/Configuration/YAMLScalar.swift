extension String {
    /// A scalar that reads as this text wherever it stands, on one line.
    var yamlScalar: String {
        let isPlain =
            !isEmpty
            && utf8.allSatisfy { byte in
                ContainerPattern.isNameCharacter(byte) || byte == UInt8(ascii: "/")
            }
        if isPlain { return self }
        var text = "\""
        for scalar in unicodeScalars {
            if scalar.isInvisible {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                text += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                continue
            }
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
}
