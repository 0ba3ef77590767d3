import SystemPackage
import Yams

/// Reads the simple values of an image; all throw `StokerError` (`badInput`).
enum ImageValueReader {
    /// Whether a text is a word of ASCII letters, digits and `also`, with a letter or digit in front.
    static func isName(_ text: String, also: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        return isAlphanumeric(first)
            && text.unicodeScalars.allSatisfy { isAlphanumeric($0) || also.unicodeScalars.contains($0) }
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    static func tag(_ value: ConfigurationValue) throws -> ImageReference {
        let text = try value.string("an image reference such as app-test:latest")
        do {
            return try ImageReference(parsing: text)
        } catch {
            throw value.error(
                "found \(text.quoted), expected an image reference such as app-test:latest",
                cause: error.reason)
        }
    }

    static func target(_ value: ConfigurationValue) throws -> String {
        let text = try value.string("a stage's name")
        guard isName(text, also: "_.-") else { throw value.mismatch(expected: "a stage's name") }
        return text
    }

    static func platform(_ value: ConfigurationValue) throws -> String {
        let expected = "one platform such as linux/amd64 or linux/arm/v7"
        let text = try value.string(expected)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ isName(String($0), also: "_.-") }) else {
            throw value.mismatch(expected: expected)
        }
        return text
    }

    static func network(_ value: ConfigurationValue) throws -> String {
        let expected = "default, none, host or a network's name"
        let text = try value.string(expected)
        guard isName(text, also: "_.-") else { throw value.mismatch(expected: expected) }
        return text
    }

    static func entitlements(_ value: ConfigurationValue) throws -> [String] {
        let expected = "network.host or security.insecure"
        return try value.elements("an entitlement, or a list of them").map { element in
            let text = try element.string(expected)
            guard ["network.host", "security.insecure"].contains(text) else {
                throw element.mismatch(expected: expected)
            }
            return text
        }
    }

    /// A map, or a list of `NAME=value`.
    static func arguments(_ value: ConfigurationValue) throws -> [String: String] {
        let expected = "a map, or a list of NAME=value"
        var arguments = [String: String]()
        guard case .mapping = value.node else {
            guard case .sequence = value.node else { throw value.mismatch(expected: expected) }
            for element in try value.elements(expected) {
                let text = try element.string("NAME=value")
                guard let equals = text.firstIndex(of: "=") else {
                    throw element.error(missingValue(text), nextStep: "write \(text)=VALUE")
                }
                let name = String(text[..<equals])
                try checkArgument(name, element.error)
                guard arguments.updateValue(String(text[equals...].dropFirst()), forKey: name) == nil else {
                    throw element.error(
                        "found the build argument \(name.quoted) more than once", nextStep: "keep one of them"
                    )
                }
            }
            return arguments
        }
        for entry in try value.map(expected).entries {
            try checkArgument(entry.key, entry.location.error)
            if entry.value.isNull {
                throw entry.location.error(missingValue(entry.key), nextStep: "write \(entry.key): VALUE")
            }
            arguments[entry.key] = try entry.value.string("a string, a number, true or false")
        }
        return arguments
    }

    private static func missingValue(_ name: String) -> String {
        "found the build argument \(name.quoted) without a value, which would come from the environment, "
            + "and that differs between the agent and a command"
    }

    private static func checkArgument(
        _ name: String, _ error: (String, String?, String?) -> StokerError
    ) throws {
        let isUsable =
            !name.isEmpty
            && name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "=" }
        guard isUsable else {
            throw error("found the build argument \(name.quoted), expected a name without spaces", nil, nil)
        }
    }

    static func keep(_ value: ConfigurationValue) throws -> Int {
        let expected = "a whole number from 0 to \(ImageSettings.mostKept)"
        let text = try value.string(expected)
        // Not `Int` alone, which reads `+5` and `05`.
        guard let number = Int(text), String(number) == text, (0...ImageSettings.mostKept).contains(number)
        else { throw value.mismatch(expected: expected) }
        return number
    }

    static func duration(_ value: ConfigurationValue) throws -> Duration {
        try parsed(value, "a duration such as 90s, 15m, 2h30m or 1d", DurationText.parse)
    }

    /// A size with its unit.
    static func bytes(_ value: ConfigurationValue) throws -> Int64 {
        try parsed(value, "a size such as 500MB or 20GB", ByteCountText.parse)
    }

    /// What `parse` finds wrong is told with the place where it stands.
    private static func parsed<Value>(
        _ value: ConfigurationValue, _ expected: String, _ parse: (String) throws -> Value
    ) throws -> Value {
        let text = try value.string(expected)
        do {
            return try parse(text)
        } catch let error as StokerError {
            throw value.error(error.message, cause: error.cause, nextStep: error.nextStep)
        }
    }
}
