"""What are people, places and companies called?"""

from random import Random

from sandbox.bss.portfolio import City, Person

CITIES = (
    City("广州", "广东", "020", "gz"),
    City("深圳", "广东", "0755", "sz"),
    City("佛山", "广东", "0757", "fs"),
    City("东莞", "广东", "0769", "dg"),
    City("北京", "北京", "010", "bj"),
    City("上海", "上海", "021", "sh"),
    City("杭州", "浙江", "0571", "hz"),
    City("南京", "江苏", "025", "nj"),
    City("成都", "四川", "028", "cd"),
    City("武汉", "湖北", "027", "wh"),
    City("西安", "陕西", "029", "xa"),
    City("长沙", "湖南", "0731", "cs"),
    City("厦门", "福建", "0592", "xm"),
    City("青岛", "山东", "0532", "qd"),
)
GUANGZHOU = CITIES[0]

_FAMILY_NAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢"
)
_GIVEN = {
    "female": ("秀英", "婷婷", "雨欣", "丽华", "晓燕", "静怡", "思琪", "慧敏", "佳怡", "雪梅", "梓涵", "玉兰",
    "欣然", "海燕", "晓彤", "美玲"),
    "male": ("建国", "志强", "浩然", "子轩", "俊杰", "文博", "国华", "永强", "宇航", "海波", "明辉", "嘉豪", "伟",
    "磊", "家明", "天宇"),
}  # fmt: skip
_TRADES = ("科技", "贸易", "物流", "餐饮", "文化传媒", "机械设备", "电子商务")
_WORDS = ("恒信", "华瑞", "鼎盛", "汇通", "远航", "星河", "博雅", "金域", "万联", "云帆")
_MOBILE_PREFIXES = ("135", "136", "137", "138", "139", "150", "158", "159", "182", "187", "188", "198")


def person(chance: Random, *, id_: str, contact_number: str, name: tuple[str, str] | None = None) -> Person:
    """Someone; the identity number has a test region (990101) and so belongs to nobody."""
    gender = chance.choice(("female", "male"))
    family_name, given_name = name or (chance.choice(_FAMILY_NAMES), chance.choice(_GIVEN[gender]))
    year, month, day = chance.randint(1948, 2006), chance.randint(1, 12), chance.randint(1, 28)
    return Person(
        id=id_,
        family_name=family_name,
        given_name=given_name,
        gender="female" if gender == "female" else "male",
        birth_date=f"{year}-{month:02}-{day:02}T00:00:00.000Z",
        identity_number=f"990101{year}{month:02}{day:02}{chance.randint(0, 9999):04}",
        contact_number=contact_number,
    )


def company(chance: Random, city: City) -> str:
    """``广州恒信科技有限公司``."""
    return f"{city.zh}{chance.choice(_WORDS)}{chance.choice(_TRADES)}有限公司"


def other_number(chance: Random, city: City, *, fixed_percent: int = 12) -> str:
    """Whom one calls: mostly mobiles, sometimes a fixed telephone of the city."""
    if chance.random() * 100 < fixed_percent:
        return f"{city.area_code}8{chance.randrange(10**7):07}"
    return f"{chance.choice(_MOBILE_PREFIXES)}{chance.randrange(10**8):08}"
