import HashTreeCollections

/// The variables that a place in a Dockerfile sees.
struct BuildEnvironment {
    struct Variable {
        var value: PossibleValue
        /// Set by ENV or the base image: the legacy builder lets it win over any ARG.
        var isEnvironment: Bool
    }

    /// Each line of ENV and ARG needs the state before it too, and each stage that of others: copies share all but
    /// what has changed.
    private var variables: TreeDictionary<[UInt8], Variable> = [:]
    /// Why a variable that is not listed may be set all the same; `nil`: it is unset.
    private(set) var others: String?

    /// - Parameter others: Why variables that are not defined here may be set.
    init(others: String? = nil) { self.others = others }

    /// Of an image, as `NAME=value`.
    init(image environment: [String]) {
        for entry in environment {
            let bytes = Array(entry.utf8)
            let end = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.endIndex
            set(Array(bytes[..<end]), .certain(Array(bytes[end...].dropFirst())), isEnvironment: true)
        }
    }

    /// How many are defined.
    var count: Int { variables.count }

    /// What is defined of a name; `nil` says nothing about whether it is set all the same.
    func definition(of name: [UInt8]) -> Variable? { variables[name] }

    func value(of name: [UInt8]) -> PossibleValue {
        if let variable = variables[name] { return variable.value }
        let shown = "$\(String(decoding: name, as: UTF8.self))"
        if BuildEnvironment.isAmbient(name) {
            return .unknown("\(shown) may be set from outside the Dockerfile")
        }
        if let others { return .unknown("\(shown) may be set: \(others)") }
        return .unset
    }

    mutating func set(_ name: [UInt8], _ value: PossibleValue, isEnvironment: Bool) {
        variables[name] = Variable(value: value, isEnvironment: isEnvironment)
    }

    /// Every variable may have been set.
    mutating func forget(_ reason: String) {
        variables = [:]
        others = reason
    }

    /// What `FROM stage` sees: BuildKit hands on the stage's arguments too, the legacy builder does not.
    var inherited: BuildEnvironment {
        var environment = self
        for (name, variable) in variables where !variable.isEnvironment {
            environment.variables[name]?.value = variable.value.or(.unset)
        }
        return environment
    }

    /// Variables that clients, builders or the person's own configuration set: proxies come from the
    /// client's configuration, PATH from the builder, SOURCE_DATE_EPOCH from buildx.
    static func isAmbient(_ name: [UInt8]) -> Bool {
        switch String(decoding: name, as: UTF8.self).uppercased() {
        case "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY": true
        case "PATH", "SOURCE_DATE_EPOCH": true
        default: false
        }
    }
}
