"""What people report in a community: the matters of the demo's cases."""

from dataclasses import dataclass

from timebank.cases.rules.flow import Category


@dataclass(frozen=True, slots=True)
class Matter:
    """One sort of thing that happens: how it is told and what is done about it."""

    category: Category
    title: str
    description: str
    done: str


C = Category
MATTERS = (
    Matter(
        C.FACILITIES,
        "{place}感应灯不亮",
        "晚上回家看不见台阶，老人怕摔。",
        "换了灯头和声控开关，当面试过",
    ),
    Matter(
        C.FACILITIES, "{place}单元门关不上", "闭门器坏了，半夜一直响。", "物业换了闭门器，门能关严"
    ),
    Matter(
        C.FACILITIES, "{place}下水道返水", "一楼厨房返水，已经漫到地面。", "疏通主管，取出两块抹布"
    ),
    Matter(C.FACILITIES, "{place}楼顶漏雨", "下雨天顶层卧室滴水。", "先盖防水布，列入屋面防水计划"),
    Matter(C.FACILITIES, "{place}扶手松动", "二楼到三楼的扶手晃。", "重新打膨胀螺丝，加了两处支撑"),
    Matter(C.SANITATION, "{place}垃圾没有清走", "桶满了三天，有味。", "当天清走，改为每天两次"),
    Matter(
        C.SANITATION, "{place}楼道堆纸箱", "三楼拐角堆了半人高的纸箱。", "上门说通，住户当天搬走"
    ),
    Matter(
        C.SANITATION,
        "{place}绿地里种菜",
        "有人在绿地里开了两小块菜地。",
        "劝说后恢复草坪，补种麦冬",
    ),
    Matter(
        C.FIRE_SAFETY,
        "{place}楼道飞线充电",
        "电动车从三楼拉线下来充电。",
        "拆线，带他去充电棚办了卡",
    ),
    Matter(C.FIRE_SAFETY, "{place}灭火器过期", "压力表到红区了。", "物业当天换了四具"),
    Matter(
        C.FIRE_SAFETY, "{place}消防通道停车", "一辆面包车停了一夜。", "电话叫车主挪走，补画了黄线"
    ),
    Matter(
        C.FUMES_NOISE, "{place}楼下装修太早", "早上六点半就开始砸墙。", "和装修队约好八点以后开工"
    ),
    Matter(
        C.FUMES_NOISE, "{place}半夜有音响声", "十一点以后还在放音乐。", "上门沟通，住户答应十点前关"
    ),
    Matter(C.PARKING, "{place}车位被占", "租的车位连着三天被别人停。", "联系车主挪走，装了地锁"),
    Matter(
        C.PARKING, "{place}共享单车堆门口", "单元门口堆了二十多辆。", "通知公司拉走，画了停放线"
    ),
    Matter(
        C.STREET_ORDER, "{place}门口摆摊", "早上卖菜的占了半条路。", "劝到便民点，和城管说好早巡"
    ),
    Matter(
        C.DISPUTE, "{place}楼上漏水起争执", "两家因为漏水吵起来了。", "两家坐下来谈，楼上出钱修"
    ),
    Matter(C.DISPUTE, "{place}养狗叫影响邻居", "白天家里没人狗一直叫。", "主人答应送训，白天托管"),
    Matter(
        C.CARE,
        "{place}独居老人两天没出门",
        "邻居敲门没人应。",
        "开门看过，老人感冒，已送药，女儿知道了",
    ),
    Matter(C.CARE, "{place}老人忘了关煤气", "邻居闻到味道。", "关阀通风，装了自动切断的阀"),
    Matter(C.OTHER, "{place}快递柜打不开", "取件码无效。", "联系公司远程开箱"),
    Matter(C.OTHER, "{place}流浪猫生了一窝", "担心咬到孩子。", "联系救助站接走"),
)
ORIGINS = ("12345 热线转办", "街道平安办交办", "区城管平台派单")
