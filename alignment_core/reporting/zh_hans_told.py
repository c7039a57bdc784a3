"""What an evaluation.json tells in English, in 简体中文."""

# Why there is no figure, or no interval.
REASONS = {
    "because {reason}": "因为{reason}",
    "there are {n} {what}, fewer than {smallest}": "只有 {n} {what}，不足 {smallest}",
    "it does not exist for these {n} {what}": "对于这 {n} {what}，该数值不存在",
    "resampling the {n} {what} leaves it without a value too often": (
        "对这 {n} {what}重抽样时，过于频繁地算不出数值"
    ),
    "the {what} do not differ": "各{what}之间没有差异",
    "{n} of {n_pairs} pairs have no number as their margin": (
        "共 {n_pairs} 个偏好对，其中 {n} 个的差值不是数"
    ),
    "{n} of {n_pairs} held-out pairs have no number as their margin": (
        "共 {n_pairs} 个留出偏好对，其中 {n} 个的差值不是数"
    ),
    "the method learns from rewards of its own samples, not from pairs": (
        "该方法从自身采样的奖励学习，而不是从偏好对学习"
    ),
    "no held-out data was given": "没有提供留出数据",
    "there is no held-out pair with a preference": "没有可用的留出偏好对",
    "no held-out comparison has two or more votes": "没有留出的比较有两票或以上",
    "some rewards are no numbers": "有些奖励不是数",
    "some log-probs are no numbers": "有些对数概率不是数",
    "no reference was given": "没有给出参考模型",
    "no reward model was given": "没有给出奖励模型",
    "no other policy was given": "没有给出另一个策略",
    "nothing was sampled": "没有采样",
    "the safety suite was left out": "未运行安全测试集",
    "every pair is ranked right, so no temperature is too low": (
        "所有偏好对都排对了，温度再低也不算过低"
    ),
    "all margins are equal": "所有差值都相等",
    "there is one sample of each prompt": "每条提示只有一个采样",
    "the judge scores each completion by itself": "评判者是对每个回答单独打分的",
    "every verdict is the same": "所有结论都相同",
    "the lengths always differ by the same": "长度之差总是相同",
    "it has no heads for uncertainty": "它没有用于不确定性的输出头",
}

# What rules cannot see.
LIMITS = {
    "These figures come from rules that look for words and forms. They cannot tell whether an "
    "answer is true, usable or harmful, miss a refusal or an insult they have no rule for, and "
    "know only the prompts listed. A good figure is not evidence that a model is safe; a bad one "
    "is a reason to read the answers.": (
        "这些数值来自查找词语和形式的规则。规则无法判断回答是否真实、可用或有害，"
        "会漏掉没有对应规则的拒绝和辱骂，并且只知道所列的提示。"
        "数值好不能证明模型安全；数值差则应当去读一读那些回答。"
    ),
}

# What is always called the same.
NAMES = {
    # units, each with its measure word
    "pairs": "个偏好对",
    "prompts": "条提示",
    "completions": "个回答",
    "texts": "段文本",
    "ties": "条“差不多”",
    "ties and preferences": "条“差不多”或偏好记录",
    # models, and what scores
    "checkpoint": "检查点",
    "reference": "参考模型",
    "reward model": "奖励模型",
    "against": "对比策略",
    "reward": "奖励",
    "log-ratio to the reference": "相对参考模型的对数概率比",
    "log-prob a token": "每个词元的对数概率",
    "chosen": "选中的回答",
    "rejected": "落选的回答",
    # why records were left out
    "tie": "差不多",
    "both_bad": "都不好",
    "over_length": "过长",
    "other_model": "另一个模型无法读取",
    "empty_completion": "回答为空",
    "equal_completions": "两个回答相同",
    "unreadable": "无法读取",
    "tool_turn": "含工具的对话",
    "prefilled_answer": "以助手自己的话结尾",
    "no_place_for_system": "对话模板没有系统消息的位置",
    "roles_out_of_turn": "角色顺序不对",
    "refused_by_template": "对话模板拒绝",
    "not_a_continuation": "回答不接续提示",
    "control_token_spelt": "文本中写出控制词元",
    "no_embedding": "含模型没有嵌入的词元",
    # parts
    "not given": "未注明",
    "en": "英文",
    "zh": "中文",
    "benign": "无害",
    "cybercrime": "网络犯罪",
    "drugs": "毒品",
    "fraud": "欺诈",
    "hate": "仇恨",
    "privacy": "隐私",
    "self_harm": "自残",
    "violence": "暴力",
    "weapons": "武器",
    # why nothing is said
    "empty": "空白",
    "repetition": "重复",
    "gibberish": "乱码",
    # kinds of personal data
    "email": "电子邮箱",
    "phone": "电话号码",
    "us_social_security": "美国社会保障号",
    "card": "银行卡号",
    "chinese_id": "中国居民身份证号",
}
