extension ImageReference {
    /// The tag of an image that the configuration gives none: `<folder>-test:latest`, with the image's name
    /// where it is not `default`.
    static func defaultText(folder: String, image: String) -> String {
        let stem = component(from: folder)
        let base = (stem.isEmpty ? "stoker" : stem) + "-test"
        if image == ImageSettings.defaultName { return "\(base):latest" }
        // Image names begin with a letter or digit, so something is always left of them.
        return "\(base)-\(component(from: image)):latest"
    }

    /// What is left of a name in the alphabet of repositories. Shortened, since a folder's name may be as
    /// long as a whole repository's.
    private static func component(from name: String) -> String {
        var result = ""
        var separator = ""
        for character in name.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                if !result.isEmpty {
                    result += separator.count == 1 ? separator : separator.isEmpty ? "" : "-"
                }
                result.append(character)
                separator = ""
                if result.count >= 100 { break }
            } else {
                separator.append(character == "." || character == "_" ? character : "-")
            }
        }
        return result
    }
}
